// The sample phone, and the carrier's own book of what really went over the air.
import { control, knock } from "./control.mjs";
import { until } from "./wait.mjs";

export class Phone {
  constructor(page) {
    this.page = page;
  }

  static async open(context, seaway) {
    const page = await context.newPage();
    await page.goto(seaway.url("phone", "/phone/?lang=en"));
    const one = new Phone(page);
    await one.field.waitFor();
    return one;
  }

  get field() {
    return this.page.getByRole("textbox", { name: "Text message" });
  }
  get theirs() {
    return this.page.locator("#thread .bubble:not(.mine)");
  }

  /** The number of the phone one holds. */
  number() {
    return this.page.locator("#owner").inputValue();
  }

  async hold(name) {
    const value = await this.page.locator("#owner option", { hasText: name }).first().getAttribute("value");
    await this.page.locator("#owner").selectOption(value);
  }

  async say(text) {
    await this.field.fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
    await this.page.locator("#thread .bubble.mine").filter({ hasText: text }).last().waitFor();
  }

  async ask(text) {
    const before = await this.theirs.count();
    await this.say(text);
    await until(`a text in answer to “${text}”`, async () => (await this.theirs.count()) > before);
    return this.theirs.nth(before).textContent();
  }

  async sees(text) {
    await this.theirs.filter({ hasText: text }).first().waitFor();
  }
}

/** A phone without a screen: what it sends and hears goes the same way as the drawn one's. */
export class Text {
  #knock;

  constructor(seaway, number) {
    this.#knock = (method, what, body) => knock(seaway, "phone", method, `/phone/api/${encodeURIComponent(number)}/${what}`, body);
  }

  say(text) {
    return this.#knock("POST", "messages", { text, media: [] });
  }

  /** Says something and waits for a text that comes after it. */
  async ask(text) {
    const heard = async () => (await this.#knock("GET", "events")).events.filter(({ mine }) => !mine).length;
    const before = await heard();
    await this.say(text);
    await until(`a text in answer to “${text}”`, async () => (await heard()) > before);
  }
}

/** What the carrier really took, delivered, and asked of us. */
export const carrierLedger = (seaway) => control(seaway, "carrier", "GET", "/ledger");

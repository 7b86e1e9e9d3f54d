// The phone's apps: one tab for each platform, on which one is the customer.
import { until } from "./wait.mjs";

export class App {
  constructor(page) {
    this.page = page;
  }

  static async open(context, seaway) {
    const page = await context.newPage();
    await page.goto(seaway.url("phone", "/phone/?lang=en"));
    const one = new App(page);
    await page.locator("#tabs [role=tab]").first().waitFor();
    return one;
  }

  /** The apps there are, by the names of their tabs. */
  names() {
    return this.page.locator("#tabs [role=tab]").evaluateAll((tabs) => tabs.map((tab) => tab.dataset.name));
  }

  /** Opens the app of this name. */
  async choose(name) {
    await this.page.bringToFront();
    const tab = this.page.locator(`#tabs [role=tab][data-name="${name}"]`);
    await tab.click();
    await until(`${name} is open`, async () => (await tab.getAttribute("aria-selected")) === "true" && (await this.page.locator("#app").isVisible()));
  }

  async hold(name) {
    await this.page.bringToFront();
    const value = await this.page.locator("#owner option", { hasText: name }).first().getAttribute("value");
    await this.page.locator("#owner").selectOption(value);
  }

  get rows() {
    return this.page.locator("#talk .row");
  }
  row(text) {
    return this.rows.filter({ hasText: text }).last();
  }
  get theirs() {
    return this.page.locator("#talk .row:not(.mine)");
  }

  async say(text) {
    await this.page.bringToFront();
    const field = this.page.locator("#app-text");
    await field.fill(text);
    await this.page.locator("#app-go").click();
    await this.page.locator("#talk .row.mine").filter({ hasText: text }).last().waitFor();
  }

  async sees(text) {
    await this.page.bringToFront();
    await this.theirs.filter({ hasText: text }).last().waitFor();
  }

  /** Opens what can be done with a message and does it. */
  async menu(text, item) {
    await this.page.bringToFront();
    const row = this.row(text);
    await row.hover();
    await row.locator(".more").click();
    await this.page.locator("#menu").getByRole("menuitem", { name: item }).or(this.page.locator("#menu").getByRole("menuitemcheckbox", { name: item })).first().click();
  }

  /** Taps what is offered above the writing line. */
  async chip(name) {
    await this.page.bringToFront();
    await this.page.locator("#quick").getByRole("button", { name }).click();
  }

  /** Taps a button below the newest message that has it. */
  async tap(name) {
    await this.page.bringToFront();
    await this.theirs.getByRole("button", { name }).last().click();
  }

  /** Taps a button of the card with this title, or of the message it became. */
  async tapCard(title, name) {
    await this.page.bringToFront();
    const row = this.theirs.filter({ hasText: title }).last();
    await row.waitFor();
    const card = row.locator(".card").filter({ hasText: title });
    const inside = (await card.getByRole("button", { name }).count()) > 0;
    await (inside ? card : row).getByRole("button", { name }).last().click();
  }

  /** Discord: opens the list of places, and begins a ticket in a channel of the server. */
  async ticket(channel) {
    await this.page.bringToFront();
    await this.page.locator("#places").click();
    const rooms = this.page.locator("#rooms");
    await rooms.getByRole("button", { name: channel, exact: true }).waitFor();
    await rooms.getByRole("button", { name: "New ticket" }).click();
  }

  /** Mail: writes a new letter, whose thread opens. */
  async mail(subject, text) {
    await this.page.bringToFront();
    await this.page.locator("#subject").fill(subject);
    await this.say(text);
    await until("the thread is open", async () => (await this.page.locator("#app-name").textContent()) === subject);
  }

  /** Discord and mail: opens one of the places or threads by its name. */
  async enter(name) {
    await this.page.bringToFront();
    const room = this.page.locator("#rooms").getByRole("button", { name });
    await until(`${name} is listed`, async () => {
      if (!(await room.first().isVisible())) await this.page.locator("#places").click();
      return (await room.count()) > 0;
    });
    await room.first().click();
    await until(`${name} is open`, async () => (await this.page.locator("#app-name").textContent()) === name);
  }

  async picture(name, buffer) {
    await this.page.bringToFront();
    await this.page.locator("#app-files").setInputFiles({ name, mimeType: "image/png", buffer });
    await this.page.locator("#app-go").click();
    await this.page.locator("#talk .row.mine .photo img").last().waitFor();
  }

  async sticker() {
    await this.page.bringToFront();
    await this.page.locator("#stickers").click();
    await this.page.locator("#sheet .stickers button").first().click();
  }
}

// The phone's apps, on the phone of the `/try` page: one tab for each platform, on which one is the customer.
import { until } from "./wait.mjs";

export class App {
  /** `view` is the phone within the page. */
  constructor(page, view) {
    this.page = page;
    this.view = view;
  }

  static async open(context, seaway) {
    const page = await context.newPage();
    await page.goto(seaway.url("try", "/try?lang=en"));
    const one = new App(page, page.frameLocator("#phone"));
    await one.view.locator("#tabs [role=tab]").first().waitFor();
    return one;
  }

  /** The apps there are, by the names of their tabs. */
  names() {
    return this.view.locator("#tabs [role=tab]").evaluateAll((tabs) => tabs.map((tab) => tab.dataset.name));
  }

  /** Opens the app of this name. */
  async choose(name) {
    await this.page.bringToFront();
    const tab = this.view.locator(`#tabs [role=tab][data-name="${name}"]`);
    await tab.click();
    await until(`${name} is open`, async () => (await tab.getAttribute("aria-selected")) === "true" && (await this.view.locator("#app").isVisible()));
  }

  async hold(name) {
    await this.page.bringToFront();
    const value = await this.view.locator("#owner option", { hasText: name }).first().getAttribute("value");
    await this.view.locator("#owner").selectOption(value);
  }

  get rows() {
    return this.view.locator("#talk .row");
  }
  row(text) {
    return this.rows.filter({ hasText: text }).last();
  }
  get theirs() {
    return this.view.locator("#talk .row:not(.mine)");
  }

  async say(text) {
    await this.page.bringToFront();
    const field = this.view.locator("#app-text");
    await field.fill(text);
    await this.view.locator("#app-go").click();
    await this.view.locator("#talk .row.mine").filter({ hasText: text }).last().waitFor();
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
    await this.view.locator("#menu").getByRole("menuitem", { name: item }).or(this.view.locator("#menu").getByRole("menuitemcheckbox", { name: item })).first().click();
  }

  /** Taps what is offered above the writing line. */
  async chip(name) {
    await this.page.bringToFront();
    await this.view.locator("#quick").getByRole("button", { name }).click();
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
    await this.view.locator("#places").click();
    const rooms = this.view.locator("#rooms");
    await rooms.getByRole("button", { name: channel, exact: true }).waitFor();
    await rooms.getByRole("button", { name: "New ticket" }).click();
  }

  /** Mail: writes a new letter, whose thread opens. */
  async mail(subject, text) {
    await this.page.bringToFront();
    await this.view.locator("#subject").fill(subject);
    await this.say(text);
    await until("the thread is open", async () => (await this.view.locator("#app-name").textContent()) === subject);
  }

  /** Discord and mail: opens one of the places or threads by its name. */
  async enter(name) {
    await this.page.bringToFront();
    const room = this.view.locator("#rooms").getByRole("button", { name });
    await until(`${name} is listed`, async () => {
      if (!(await room.first().isVisible())) await this.view.locator("#places").click();
      return (await room.count()) > 0;
    });
    await room.first().click();
    await until(`${name} is open`, async () => (await this.view.locator("#app-name").textContent()) === name);
  }

  async picture(name, buffer) {
    await this.page.bringToFront();
    await this.view.locator("#app-files").setInputFiles({ name, mimeType: "image/png", buffer });
    await this.view.locator("#app-go").click();
    await this.view.locator("#talk .row.mine .photo img").last().waitFor();
  }

  /** A file that is no picture. */
  async file(name, mimeType, buffer) {
    await this.page.bringToFront();
    await this.view.locator("#app-files").setInputFiles({ name, mimeType, buffer });
    await this.view.locator("#app-go").click();
    await this.view.locator("#talk .row.mine .file").filter({ hasText: name }).last().waitFor();
  }

  /** Taps one of the buttons that stand there before anything is said. */
  async shortcut(name) {
    await this.page.bringToFront();
    await this.view.locator("#standing").getByRole("button", { name }).click();
  }

  async sticker() {
    await this.page.bringToFront();
    await this.view.locator("#stickers").click();
    await this.view.locator("#sheet .stickers button").first().click();
  }
}

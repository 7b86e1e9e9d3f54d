// The desk as its user sees it: by roles and names, in English.
import { randomUUID } from "node:crypto";
import { until } from "./wait.mjs";

/** How often in a row a page says that nothing is on its way before it counts as loaded. */
const CALM = 3;

export class Desk {
  #workspace = null;

  constructor(page, name) {
    this.page = page;
    this.name = name;
  }

  /** Follows the link of the `/try` page, which signs in. */
  static async fromTry(page, label, name) {
    const [desk] = await Promise.all([page.waitForEvent("popup"), page.getByRole("link", { name: label }).click()]);
    const one = new Desk(desk, name);
    await one.nav.waitFor();
    return one;
  }

  get nav() {
    return this.page.getByRole("navigation", { name: "Main" });
  }
  get offers() {
    return this.page.getByRole("article", { name: /^Offer: / });
  }
  get log() {
    return this.page.getByRole("log", { name: /^Messages with/ });
  }
  get composer() {
    return this.page.getByRole("combobox", { name: /^Reply on/ });
  }
  /** By its id: the list has a section of the same name. */
  get wrap() {
    return this.page.locator("#wrap-up");
  }
  /** The id of the conversation in sight. */
  get conversation() {
    return this.page.url().match(/\/desk\/(CH[0-9a-f]+)/)?.[1] ?? null;
  }

  /** Puts this tab before the others of its window: one behind draws once a second, and every click waits for two pictures. */
  async front() {
    await this.page.bringToFront();
  }

  async goto(path) {
    await this.front();
    await this.page.goto(new URL(path, this.page.url()).href);
  }

  /** Goes there and waits until what the page reads is shown: nothing has said for a while that it is busy. */
  async visit(path) {
    await this.goto(path);
    await this.page.locator("main, .pane").first().waitFor();
    const busy = this.page.locator("[aria-busy=true]");
    let calm = 0;
    await until(`${path} is loaded`, async () => {
      calm = (await busy.count()) === 0 ? calm + 1 : 0;
      return calm > CALM;
    });
  }

  async be(activity) {
    await this.front();
    const pick = this.page.getByRole("button", { name: /^Activity: / });
    if ((await pick.textContent())?.includes(`Activity: ${activity},`)) return;
    await pick.click();
    await this.page.getByRole("group", { name: "Activity" }).getByRole("button", { name: activity }).click();
    await this.page.getByRole("button", { name: new RegExp(`^Activity: ${activity}`) }).waitFor();
  }

  async offered(options) {
    await until(`${this.name} is offered a task`, () => this.offers.count(), options);
    return this.offers.first();
  }

  async accept() {
    await this.front();
    const offer = await this.offered();
    // What came back from a queue is the same conversation, which could only be read meanwhile.
    const before = (await this.composer.isVisible()) ? this.conversation : null;
    await offer.getByRole("button", { name: "Accept" }).click();
    await this.opened(before);
  }

  /** A conversation other than `before` is open, and it can be answered. */
  async opened(before = null) {
    await until(`${this.name}'s conversation is open`, () => this.conversation && this.conversation !== before);
    await this.composer.waitFor();
  }

  async reject() {
    await this.front();
    const offer = await this.offered();
    await offer.getByRole("button", { name: "Reject" }).click();
    await offer.waitFor({ state: "detached" });
  }

  async reply(text) {
    await this.front();
    await this.composer.fill(text);
    await this.page.keyboard.press("Control+Enter");
    await this.log.locator(".msg.out").filter({ hasText: text }).first().waitFor();
  }

  async note(text) {
    await this.front();
    await this.page.getByRole("group", { name: "Reply or note" }).getByRole("button", { name: /^Note/ }).click();
    await this.page.getByRole("combobox", { name: "Private note" }).fill(text);
    await this.page.keyboard.press("Control+Enter");
    await this.page.getByRole("note").filter({ hasText: text }).waitFor();
    await this.page.getByRole("group", { name: "Reply or note" }).getByRole("button", { name: "Reply" }).click();
  }

  sees(text) {
    return this.log.getByText(text).first().waitFor();
  }

  /** The state of the message with this text, as the server tells every desk. */
  async stateOf(text, conversation = this.conversation) {
    const { items } = await this.api("GET", `/conversations/${conversation}/messages?limit=100`);
    return items.findLast((message) => message.text === text)?.state ?? null;
  }

  async messages(conversation = this.conversation) {
    return (await this.api("GET", `/conversations/${conversation}/messages?limit=100`)).items;
  }

  async complete({ outcome = null, note = "" } = {}) {
    await this.front();
    if (!(await this.wrap.isVisible())) {
      await this.composer.blur();
      await this.page.getByRole("button", { name: "Complete" }).first().click();
    }
    await this.wrap.waitFor();
    const outcomes = this.wrap.getByRole("radiogroup").locator("label");
    await (outcome ? outcomes.filter({ hasText: outcome }) : outcomes).first().click();
    if (note) await this.wrap.getByLabel("Note for the next one").fill(note);
    await this.wrap.getByRole("button", { name: "Complete" }).click();
    await this.wrap.waitFor({ state: "detached" });
  }

  async transfer(to, note) {
    await this.front();
    await this.page.getByRole("button", { name: "Transfer" }).first().click();
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("radiogroup").locator("label").filter({ hasText: to }).first().click();
    await dialog.getByRole("textbox", { name: "Note" }).fill(note);
    await dialog.getByRole("button", { name: "Transfer", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  }

  /** A call of the API with this person's own session and rights. */
  async api(method, path, body = undefined) {
    if (!this.#workspace && path.startsWith("/")) this.#workspace = (await this.#call("GET", "/api/v1/me")).workspace.id;
    return this.#call(method, `/api/v1/workspaces/${this.#workspace}${path}`, body);
  }

  /** Uploads a picture to be sent with a message; its id. */
  async upload(name, bytes) {
    await this.api("GET", "/desk");
    const path = `/api/v1/workspaces/${this.#workspace}/files`;
    const answer = await this.page.evaluate(async ({ path, name, data, key }) => {
      const form = new FormData();
      form.append("file", new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "image/png" }), name);
      const response = await fetch(path, { method: "POST", headers: { "idempotency-key": key }, body: form });
      return { status: response.status, text: await response.text() };
    }, { path, name, data: bytes.toString("base64"), key: randomUUID() });
    if (answer.status >= 400) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text).id;
  }

  /** Sends cards, as a flow or another system does: the composer has none. */
  async cards(text, cards) {
    return this.api("POST", `/conversations/${this.conversation}/messages`, { client_id: randomUUID(), text, cards });
  }

  get cardEditor() {
    return this.page.getByRole("dialog", { name: "Cards" });
  }

  /** Writes cards as an agent does, with pictures as files; they stay beside the reply until it is sent. */
  async writeCards(text, cards) {
    await this.front();
    await this.composer.fill(text);
    await this.page.getByRole("button", { name: "Cards", exact: true }).click();
    const editor = this.cardEditor;
    for (const [at, card] of cards.entries()) {
      if (at > 0) await editor.getByRole("button", { name: "Add card" }).click();
      await editor.getByLabel("Title", { exact: true }).fill(card.title);
      if (card.text) await editor.getByLabel("Text", { exact: true }).fill(card.text);
      if (card.picture) {
        await editor.locator("input[type=file]").setInputFiles({ name: "picture.png", mimeType: "image/png", buffer: card.picture });
        await editor.getByRole("button", { name: "Remove picture.png" }).waitFor();
      }
      for (const [no, button] of (card.buttons ?? []).entries()) {
        await editor.getByRole("button", { name: "Add button" }).click();
        const part = editor.getByRole("group", { name: `Button ${no + 1}`, exact: true });
        await part.getByLabel(`Button ${no + 1}`, { exact: true }).fill(button.label);
        if (button.url) await part.getByRole("radio", { name: "Opens a page" }).click();
        if (button.url ?? button.reply) await part.getByLabel(button.url ? "Address of the page" : "Comes back as").fill(button.url ?? button.reply);
      }
    }
    return editor;
  }

  async #call(method, path, body = undefined) {
    const answer = await this.page.evaluate(async ({ method, path, body, key }) => {
      const headers = method === "GET" ? {} : { "content-type": "application/json", "idempotency-key": key };
      const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      return { status: response.status, text: await response.text() };
    }, { method, path, body, key: randomUUID() });
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.text === "" ? null : JSON.parse(answer.text);
  }
}

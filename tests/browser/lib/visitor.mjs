// A customer on the shop's page: the launcher, and the chat inside its frame.
import { until } from "./wait.mjs";

export class Visitor {
  constructor(context, page) {
    this.context = context;
    this.page = page;
    this.chat = page.frameLocator("seaway-webchat iframe");
  }

  /** Comes to the shop with a browser of their own and opens the chat. */
  static async arrive(browser, seaway, { language = "en", name = "visitor", prepare = async () => undefined, ...options } = {}) {
    const locale = { en: "en-GB", de: "de-DE", ko: "ko-KR" }[language];
    const context = await browser.person(name, { locale, ...options });
    await prepare(context);
    const page = await context.newPage();
    await page.goto(seaway.url("shop", `/?lang=${language}`));
    const one = new Visitor(context, page);
    await one.openChat();
    return one;
  }

  get launcher() {
    return this.page.locator("seaway-webchat button.launcher");
  }
  get field() {
    return this.chat.locator("textarea");
  }
  get log() {
    return this.chat.getByRole("log");
  }
  get theirs() {
    return this.log.locator("article.msg:not(.me)");
  }
  get mine() {
    return this.log.locator("article.msg.me");
  }

  async openChat() {
    await this.launcher.waitFor();
    if ((await this.launcher.getAttribute("aria-expanded")) !== "true") await this.launcher.click();
    await this.field.waitFor();
    await until("the chat is ready", async () => (await this.log.getAttribute("aria-busy")) !== "true");
  }

  /** Signs in at the shop as one of its customers; the shop's word reaches the chat. */
  async signIn(name) {
    await this.page.locator("summary").filter({ hasText: "Sign in" }).click();
    await this.page.getByRole("button", { name: `Sign in as ${name}` }).click();
    await this.page.locator("summary").filter({ hasText: name }).waitFor();
    await until("the chat is ready", async () => (await this.log.getAttribute("aria-busy")) !== "true");
  }

  async say(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
    await this.mine.filter({ hasText: text.slice(0, 200) }).last().waitFor();
  }

  /** Puts a file beside the next message, and waits until it is uploaded: what is said before that is not sent. */
  async attach(file) {
    await this.chat.locator("input[type=file]").setInputFiles(file);
    await this.chat.locator("ul.files li").filter({ hasText: file.name }).waitFor();
    await until(`${file.name} is uploaded`, async () => (await this.chat.locator("ul.files progress").count()) === 0);
    if (await this.chat.locator("ul.files li.failed").count()) throw new Error(`${file.name} was refused`);
  }

  /** Says it, and answers with the text of the next message from the other side. */
  async ask(text, options) {
    const before = await this.theirs.count();
    await this.say(text);
    await until(`an answer to “${text}”`, async () => (await this.theirs.count()) > before, options);
    return this.theirs.nth(before).textContent();
  }

  /** Asks for a person, and names the language when the flow wants to know it. */
  async wantAgent(words, language) {
    await this.ask(words);
    await this.say(language);
  }

  async sees(text, options) {
    await this.theirs.filter({ hasText: text }).first().waitFor(options);
  }

  /** The line under one's own last message: "Read 12:40". */
  async receipt() {
    return (await this.mine.last().locator(".meta").textContent({ timeout: 5_000 }).catch(() => "")) ?? "";
  }

  async leave() {
    await this.context.close();
  }
}

/** A visitor's client that never tells that something arrived or was seen, on the socket and beside it. */
export async function withoutAcknowledgements(context) {
  await context.routeWebSocket(/\/webchat\/[^/]+\/socket/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      const { type } = JSON.parse(String(frame));
      if (type !== "ack" && type !== "seen") server.send(frame);
    });
  });
  await context.route(/\/webchat\/[^/]+\/ack$/, (route) => route.abort());
}

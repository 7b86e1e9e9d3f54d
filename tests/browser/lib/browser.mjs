// Chromium with a profile of its own, and a ledger of everything its pages complain about.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "./modules.mjs";
import { ofPage, Trail } from "./report.mjs";
import { PATIENCE_MS, sleep } from "./wait.mjs";

export const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP *.localhost 127.0.0.1",
];

/** The installed browser; `CHROMIUM` names another. */
export function chromiumFile() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) => file && existsSync(file));
  if (!found) throw new Error("Chromium is missing. Install it with: sudo apt-get install -y chromium");
  return found;
}

export class Browser {
  #browser;
  #shots;
  /** Every open page, with what it went through. */
  #watched = new Map();
  /** Complaints of pages, as `{ page, text }`. */
  #complaints = [];
  #tolerated = [];
  #wasKilled;

  /** `wasKilled` says whether the run has killed the server so far. */
  static async launch({ shots, headed = false, wasKilled = () => false }) {
    const one = new Browser();
    one.#wasKilled = wasKilled;
    mkdirSync(shots, { recursive: true });
    one.#shots = shots;
    one.#browser = await chromium.launch({ executablePath: chromiumFile(), headless: !headed, args: FLAGS });
    return one;
  }

  /** A person's browser: cookies, storage and network of its own. */
  async person(name, options = {}) {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 720 }, locale: "en-GB", ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("page", (page) => this.#watch(name, page));
    return context;
  }

  /** Complaints that match are no fault while `act` runs: a server that is down cannot be reached. */
  async tolerate(pattern, act) {
    this.#tolerated.push(pattern);
    try {
      return await act();
    } finally {
      this.#tolerated.splice(this.#tolerated.indexOf(pattern), 1);
    }
  }

  /** Fails with everything pages complained about since the last call. */
  judge() {
    const list = this.#complaints.splice(0);
    if (list.length > 0) throw new Error(`pages complained:\n${list.map(({ page, text }) => `  ${page}: ${text}`).join("\n")}`);
  }

  async shoot(page, name) {
    await page.screenshot({ path: join(this.#shots, `${name}.png`), animations: "disabled" });
  }

  /** A picture of every open page, for whoever has to find out what went wrong. */
  async shootAll(name) {
    let number = 0;
    for (const page of this.#watched.keys()) {
      number += 1;
      await page.screenshot({ path: join(this.#shots, `${name}-${number}.png`), timeout: 5_000 }).catch(() => undefined);
    }
  }

  /** What each open page shows and complained about, as text. */
  async report() {
    const told = [];
    for (const [page, { person, trail }] of this.#watched) told.push(await ofPage(`${person} at ${page.url()}`, page, trail));
    return told.join("\n");
  }

  /** Everybody leaves but these. */
  async closeOthers(context) {
    await Promise.all(this.#browser.contexts().filter((one) => one !== context).map((one) => one.close()));
  }

  /** Forgets what pages complained about so far. */
  forgive() {
    this.#complaints = [];
  }

  close() {
    return this.#browser.close();
  }

  #watch(person, page) {
    const trail = new Trail(page);
    this.#watched.set(page, { person, trail });
    page.once("close", () => this.#watched.delete(page));
    const note = (text) => {
      // A page in the background may learn of the stream that a kill cut off only when it is looked at again.
      if (CUT_STREAM.test(text) && this.#wasKilled()) return;
      if (!this.#tolerated.some((pattern) => pattern.test(text))) this.#complaints.push({ page: `${person} at ${page.url()}`, text });
    };
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      // "Who am I?" is asked before anybody signed in; the browser itself notes the honest 401.
      const asked = message.text().includes("401") && message.location().url.endsWith("/api/v1/me");
      if (!asked) note(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => note(`thrown: ${error.stack ?? error.message}`));
    page.on("crash", () => note("the page crashed"));
  }
}

/** What pages say while nobody answers them. */
export const NO_ANSWER = /ERR_CONNECTION|ERR_INTERNET|ERR_NETWORK|ERR_EMPTY_RESPONSE|WebSocket connection|Failed to fetch|Failed to load resource|EventSource/;

const CUT_STREAM = /ERR_INCOMPLETE_CHUNKED_ENCODING/;

/** Without network while `act` runs: sockets that are open stall, new ones fail. */
export async function offline(browser, context, act) {
  await browser.tolerate(NO_ANSWER, async () => {
    await context.setOffline(true);
    try {
      await act();
    } finally {
      await context.setOffline(false);
      // Complaints of requests that failed at the last moment come a little later.
      await sleep(1_500);
    }
  });
}

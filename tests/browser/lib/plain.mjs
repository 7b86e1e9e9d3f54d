// Plain Chromium over its own debugging pipe. Playwright keeps every tab visible; here a tab that is behind another really is hidden.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumFile, FLAGS } from "./browser.mjs";
import { visible } from "./report.mjs";
import { PATIENCE_MS, until } from "./wait.mjs";

export class PlainChromium {
  #child;
  #folder;
  #last = 0;
  #open = new Map();
  #listeners = new Set();
  #tabs = [];
  #rest = "";

  /** Opens one for `act`, and closes it again. A failure takes along what its tabs show. */
  static async use(act) {
    const one = await PlainChromium.#launch();
    try {
      return await act(one);
    } catch (error) {
      error.message += `\n${await one.#report()}`;
      throw error;
    } finally {
      await one.close();
    }
  }

  static async #launch() {
    const one = new PlainChromium();
    one.#folder = mkdtempSync(join(tmpdir(), "seaway-chromium-"));
    const flags = ["--headless=new", ...FLAGS, "--remote-debugging-pipe", `--user-data-dir=${one.#folder}`, "--window-size=1280,800", "about:blank"];
    one.#child = spawn(chromiumFile(), flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    one.#child.stdio[4].setEncoding("utf8").on("data", (text) => one.#read(text));
    one.#child.stdio[3].on("error", () => undefined);
    one.#child.once("exit", () => one.#fail(new Error("Chromium ended")));
    await one.send("Browser.getVersion");
    return one;
  }

  /** A new tab in front of the others. Permissions hold wherever the address leads to. */
  async open(url, { permissions = [] } = {}) {
    if (permissions.length > 0) await this.send("Browser.grantPermissions", { permissions });
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, targetId, sessionId);
    this.#tabs.push(tab);
    await tab.begin();
    await this.send("Page.navigate", { url }, sessionId);
    await tab.until("the page is loaded", "document.readyState === 'complete' && location.href !== 'about:blank'");
    return tab;
  }

  send(method, params = {}, sessionId = undefined) {
    this.#last += 1;
    const id = this.#last;
    return new Promise((done, fail) => {
      const timer = setTimeout(() => this.#open.delete(id) && fail(new Error(`${method}: no answer`)), PATIENCE_MS);
      this.#open.set(id, { done, fail, timer, method });
      this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Calls with every event; the answer stops it. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close() {
    const gone = new Promise((done) => this.#child.once("exit", done));
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      // Asked, it ends its helper processes first, which else go on writing into the folder.
      const late = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
      await this.send("Browser.close").catch(() => undefined);
      await gone;
      clearTimeout(late);
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  async #report() {
    const told = [];
    for (const tab of this.#tabs) {
      const shown = await tab.evaluate("`${location.href}\\n${document.title}\\n${document.body.innerText}`").catch((error) => `(a tab that cannot be read: ${error.message})`);
      told.push("--- a tab in plain Chromium", ...[...visible(shown), ...tab.complaints].map((line) => `  | ${line}`));
    }
    return told.join("\n");
  }

  #read(text) {
    const parts = (this.#rest + text).split("\0");
    this.#rest = parts.pop();
    for (const part of parts) this.#take(JSON.parse(part));
  }

  #take(said) {
    if (said.id === undefined) return this.#listeners.forEach((listener) => listener(said));
    const asked = this.#open.get(said.id);
    if (!asked) return undefined;
    this.#open.delete(said.id);
    clearTimeout(asked.timer);
    return said.error ? asked.fail(new Error(`${asked.method}: ${said.error.message}`)) : asked.done(said.result);
  }

  #fail(error) {
    for (const { fail, timer } of this.#open.values()) {
      clearTimeout(timer);
      fail(error);
    }
    this.#open.clear();
  }
}

/** Something scripts can run in: a page, or a frame of another site inside it. */
class Place {
  constructor(browser, sessionId) {
    this.browser = browser;
    this.sessionId = sessionId;
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.browser.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: true }, this.sessionId);
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  until(what, expression, options) {
    return until(what, () => this.evaluate(expression).catch(() => false), options);
  }

  /** Puts the text into the field as a keyboard would. */
  async type(selector, text) {
    const at = JSON.stringify(selector);
    await this.until(`${selector} is there`, `!!document.querySelector(${at})`);
    await this.evaluate(`document.querySelector(${at}).focus()`);
    await this.browser.send("Input.insertText", { text }, this.sessionId);
  }

  /** Presses one key, as the keyboard's hardware would: `code` is its place, `key` what it writes. */
  async press(key, code, { alt = false } = {}) {
    const pressed = { key, code, modifiers: alt ? 1 : 0, windowsVirtualKeyCode: key.toUpperCase().charCodeAt(0) };
    await this.browser.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...pressed }, this.sessionId);
    await this.browser.send("Input.dispatchKeyEvent", { type: "keyUp", ...pressed }, this.sessionId);
  }
}

class Tab extends Place {
  #frames = new Map();
  #cover = null;
  /** What the console and the network complained about. */
  complaints = [];

  constructor(browser, targetId, sessionId) {
    super(browser, sessionId);
    this.targetId = targetId;
  }

  async begin() {
    this.browser.listen(({ method, params, sessionId }) => {
      if (sessionId !== this.sessionId) return;
      if (method === "Target.attachedToTarget" && params.targetInfo.type === "iframe") this.#frames.set(params.sessionId, new Place(this.browser, params.sessionId));
      if (method === "Target.detachedFromTarget") this.#frames.delete(params.sessionId);
      if (method === "Log.entryAdded" && params.entry.level === "error") this.complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
      if (method === "Runtime.exceptionThrown") this.complaints.push(`thrown: ${params.exceptionDetails.exception?.description ?? params.exceptionDetails.text}`);
    });
    await this.browser.send("Log.enable", {}, this.sessionId);
    await this.browser.send("Runtime.enable", {}, this.sessionId);
    await this.browser.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }, this.sessionId);
    await this.browser.send("Page.enable", {}, this.sessionId);
  }

  /** The frame of another site whose address contains `part`. */
  frame(part) {
    return until(`a frame at ${part}`, async () => {
      for (const frame of this.#frames.values()) {
        if ((await frame.evaluate("location.href").catch(() => "")).includes(part)) return frame;
      }
      return null;
    });
  }

  /** Puts another tab in front. The page's own word is the proof. */
  async hide() {
    const { targetId } = await this.browser.send("Target.createTarget", { url: "about:blank" });
    this.#cover = targetId;
    await this.browser.send("Target.activateTarget", { targetId });
    await this.until("the tab is hidden", "document.visibilityState === 'hidden'");
  }

  async show() {
    await this.browser.send("Target.activateTarget", { targetId: this.targetId });
    await this.until("the tab is visible", "document.visibilityState === 'visible'");
    if (this.#cover) await this.browser.send("Target.closeTarget", { targetId: this.#cover });
    this.#cover = null;
  }

  async shoot(file) {
    const { data } = await this.browser.send("Page.captureScreenshot", { format: "png" }, this.sessionId);
    writeFileSync(file, Buffer.from(data, "base64"));
  }
}

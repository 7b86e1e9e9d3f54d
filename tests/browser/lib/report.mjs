// What whoever reads a failed run's log needs and cannot get otherwise: what the pages showed and said, and the server's last words.
import { existsSync, readFileSync } from "node:fs";

const TEXT_LINES = 60;
const LOG_LINES = 40;
/** Complaints and failed requests kept per page, the newest. */
const KEPT = 20;
const READ_MS = 5_000;

/** What a page's console and its requests complained about, whether a step tolerates it or not. */
export class Trail {
  #lines = [];

  constructor(page) {
    page.on("console", (message) => message.type() === "error" && this.#note(`console: ${message.text()}`));
    page.on("pageerror", (error) => this.#note(`thrown: ${error.message}`));
    page.on("crash", () => this.#note("the page crashed"));
    page.on("requestfailed", (request) => this.#note(`request failed: ${request.method()} ${request.url()}: ${request.failure()?.errorText}`));
    page.on("response", (response) => response.status() >= 400 && this.#note(`answered ${response.status()}: ${response.request().method()} ${response.url()}`));
  }

  get lines() {
    return this.#lines;
  }

  #note(text) {
    this.#lines.push(`${new Date().toISOString().slice(11, 23)} ${text}`);
    if (this.#lines.length > KEPT) this.#lines.shift();
  }
}

/** One page: whose and where it is, its visible text with that of its frames, and its trail. */
export async function ofPage(title, page, trail) {
  const texts = [];
  for (const frame of page.frames()) {
    const text = await inTime(frame.evaluate("document.body.innerText")).catch((error) => `(its text cannot be read: ${error.message.split("\n")[0]})`);
    if (text?.trim()) texts.push(...(frame === page.mainFrame() ? [] : [`-- frame ${frame.url()}`]), text);
  }
  return [`--- ${title}`, ...indent(visible(texts.join("\n"))), ...indent(trail.lines)].join("\n");
}

/** The last lines of the server's log. */
export function ofServer(file) {
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : ["(there is none)"];
  return ["--- the server's log", ...indent(lines.slice(-LOG_LINES))].join("\n");
}

/** The first lines of what a page shows, without the empty ones. */
export function visible(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const more = lines.length - TEXT_LINES;
  return more > 0 ? [...lines.slice(0, TEXT_LINES), `(${more} more lines)`] : lines;
}

function indent(lines) {
  return lines.map((line) => `  | ${line.slice(0, 400)}`);
}

function inTime(promise) {
  return Promise.race([promise, new Promise((_, fail) => setTimeout(fail, READ_MS, new Error(`no answer within ${READ_MS / 1_000} s`)).unref())]);
}

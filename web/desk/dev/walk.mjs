// A walk through the desk in a real browser against the mock: `node dev/walk.mjs [folder for pictures]` from web/desk.
// It starts its own Vite, acts as an agent would, and asks axe about each screen.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const PORT = 5198;
const pictures = process.argv[2];
if (pictures) mkdirSync(pictures, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const vite = spawn("npx", ["vite", "--port", String(PORT), "--strictPort", "--host", "127.0.0.1"], { stdio: "ignore", detached: true });
let failures = 0;
const say = (ok, what) => {
  if (!ok) failures += 1;
  console.log(`${ok ? "ok  " : "FAIL"} ${what}`);
};

async function ready() {
  for (let n = 0; n < 100; n += 1) {
    if (await fetch(`http://127.0.0.1:${PORT}/`).then((r) => r.ok, () => false)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("vite did not start");
}

async function screen(page, name) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  say(serious.length === 0, `axe: ${name}${serious.map((v) => ` ${v.id} ${v.nodes.slice(0, 2).map((n) => `${n.target.join(" ")} ${n.html.slice(0, 160)}`).join(" | ")}`).join(";")}`);
}

try {
  await ready();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && !message.text().includes("Failed to load resource") && errors.push(message.text()));
  const mock = (call, ...args) => page.evaluate(([name, values]) => globalThis.seawayMock[name](...values), [call, args]);
  const seen = async (locator, what) => say(await locator.first().waitFor({ timeout: 10_000 }).then(() => true, () => false), what);
  const text = (words) => page.getByText(words, { exact: false });
  const row = (name) => page.locator("[data-task]").filter({ hasText: name });

  await page.goto(`http://127.0.0.1:${PORT}/desk?mock`);
  await seen(page.getByRole("article", { name: /Jürgen Brandt/ }), "offers stand above the list");
  say(/Offer: Jürgen Brandt/.test(await page.title()), "the title names the offer");
  await screen(page, "list");

  await page.evaluate(() => { globalThis.seawayFrames = []; });
  await row("박지우").click();
  await page.waitForTimeout(400);
  say((await page.evaluate(() => globalThis.seawayFrames)).some((f) => f.type === "seen"), "opening a task in a visible tab tells what was seen");
  await row("Mira").click();
  await screen(page, "conversation");

  await page.locator("#composer-text").fill("In the text e t n ? j stay letters");
  say((await page.locator("[role=dialog]").count()) === 0, "single keys rest while typing");
  await page.keyboard.press("Alt+Digit1");
  await seen(page.locator("h2", { hasText: "Jürgen Brandt" }), "Alt 1 accepts while typing and opens the conversation");
  await row("Mira").click();
  await seen(page.locator("h2", { hasText: "Mira" }), "J and the mouse choose tasks");
  say((await page.locator("#composer-text").inputValue()) === "In the text e t n ? j stay letters", "the draft waited");
  await page.locator("#composer-text").fill("One more thing");
  await page.keyboard.press("Enter");
  say((await page.locator("#composer-text").inputValue()) === "One more thing\n", "Enter makes a line");
  await page.keyboard.press("Control+Enter");
  await seen(page.locator(".msg.out", { hasText: "One more thing" }).getByText("Read"), "sent, delivered, read");

  await mock("down");
  await page.locator("#composer-text").fill("Written offline");
  await page.keyboard.press("Control+Enter");
  await seen(page.locator(".msg.out", { hasText: "Written offline" }).getByText("Goes out when you are back"), "offline: the message waits");
  await seen(text("Offline since"), "offline: the pill");
  if (pictures) await page.screenshot({ path: `${pictures}/offline.png` });
  await page.reload();
  await seen(page.getByText("Written offline"), "the outbox survives a reload");
  await seen(page.locator(".msg.out", { hasText: "Written offline" }).getByText("Read"), "and goes out when the line is back");

  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search or run" }).fill("mahl");
  await seen(page.getByRole("option", { name: /Mahlwerk/ }), "the palette finds what was said");
  await screen(page, "palette");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await seen(page.getByRole("dialog", { name: "All keys" }), "? shows the keys");
  await screen(page, "keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await seen(page.getByRole("dialog", { name: /Transfer/ }), "T opens transfer");
  await screen(page, "transfer");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await seen(page.locator(".composer.as-note"), "N turns the composer yellow");
  await page.keyboard.type("Ask the warehouse");
  await page.keyboard.press("Control+Enter");
  await seen(page.locator(".pnote", { hasText: "Ask the warehouse" }), "a note stands in the log");

  await page.setInputFiles("input[type=file]", { name: "big.png", mimeType: "image/png", buffer: Buffer.alloc(11 * 1024 * 1024) });
  await seen(text("is larger than 10 MB"), "11 MiB is refused with the limit");

  await page.getByRole("button", { name: "Join the two" }).click();
  await seen(text("Joined with M. Hoffmann"), "two contacts join, with undo");
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement?.blur());

  await page.evaluate(() => globalThis.seawayMock.write("Mira Hoffmann", "And could you gift-wrap it?"));
  await page.keyboard.press("e");
  await seen(page.locator("#wrap-up"), "E begins the wrap-up");
  await screen(page, "wrap-up");
  await page.locator("#wrap-up").getByRole("button", { name: "Complete" }).click();
  await seen(text("Choose how it ended"), "an outcome is asked for");
  await page.locator(".outcomes label", { hasText: "Solved" }).click();
  await page.locator("#wrap-up").getByRole("button", { name: "Complete" }).click();
  await seen(text("Mira Hoffmann completed"), "completed, and on to the next");

  await mock("missed");
  await seen(text("You missed an offer"), "a missed offer is said");
  await screen(page, "missed");
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("b");
  await seen(page.getByRole("button", { name: /Activity: Available/ }), "B is the way back");
  await mock("missed");
  await seen(text("You missed an offer"), "a second missed offer is said");
  await page.locator("#composer-text").first().focus();
  await page.keyboard.press("Alt+b");
  await seen(page.getByRole("button", { name: /Activity: Available/ }), "Alt B is the way back from a text field");
  say((await page.locator("#composer-text").first().inputValue()) === "", "Alt B types nothing");

  await page.locator("#composer-text").first().fill("Half a sentence");
  await mock("signOut");
  await page.evaluate(() => fetch("/api/v1/x"));
  await page.keyboard.press("Control+Enter");
  await seen(page.getByRole("dialog", { name: "Sign in again" }), "a lost session asks to sign in in place");
  await page.getByLabel("Password").fill("right");
  await page.keyboard.press("Enter");
  await seen(page.locator(".msg.out", { hasText: "Half a sentence" }).getByText(/Read|Delivered/), "and what was written goes out");

  const hours = await context.newPage();
  await hours.goto(`http://127.0.0.1:${PORT}/admin/business-hours?mock&offers=0`);
  await seen(hours.getByRole("button", { name: "Close now…" }), "business hours: the first opens by itself");
  await screen(hours, "hours");
  await hours.getByLabel("Monday, open until").first().fill("12");
  await hours.getByRole("button", { name: "Close now…" }).click();
  await hours.getByRole("button", { name: "Close now", exact: true }).click();
  await seen(hours.getByRole("button", { name: "Open again" }), "closed now");
  await hours.keyboard.press("Control+Enter");
  await seen(hours.getByText("Saved", { exact: true }), "what was typed meanwhile is saved, and the key opens nothing again");
  say((await hours.getByLabel("Monday, open until").first().inputValue()) === "12:00", "a time is tidied");
  await hours.getByRole("button", { name: "Open again" }).click();
  await seen(hours.getByRole("button", { name: "Close now…" }), "and open again");
  await hours.getByRole("button", { name: "Add several…" }).click();
  await hours.getByLabel("One date per line").fill("2031-12-26 Boxing Day\n2031-12-27 Saturday");
  await screen(hours, "hours-many");
  await hours.getByRole("button", { name: "Add 2 dates" }).click();
  await hours.getByLabel("Name", { exact: true }).first().focus();
  await hours.keyboard.press("Control+Enter");
  await hours.reload();
  await seen(hours.getByRole("button", { name: "Close now…" }), "the page comes back");
  await hours.goto(`http://127.0.0.1:${PORT}/admin/queues/WQsales?mock&offers=0`);
  await hours.getByRole("button", { name: /Business hours/ }).click();
  await hours.getByRole("option", { name: "Always open" }).click();
  await hours.getByLabel("Name", { exact: true }).focus();
  await hours.keyboard.press("Control+Enter");
  await seen(hours.getByText("Saved", { exact: true }), "a queue is always open again");
  await hours.getByRole("link", { name: "Business hours" }).click();
  await seen(hours.locator(".hr-use"), "the hours say who uses them");
  say((await hours.locator(".hr-use").allTextContents()).join() === "Support", "and that queue no longer does");
  await hours.close();

  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(300);
  say(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing hangs over at 390");
  await screen(page, "phone-conversation");
  await page.setViewportSize({ width: 1280, height: 720 });
  const inside = await page.locator(".composer").boundingBox();
  say(inside !== null && inside.y + inside.height <= 720, "the composer is in sight at 1280x720");
  for (const language of ["de", "ko"]) {
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.evaluate((l) => fetch("/api/v1/me/preferences", { method: "PATCH", body: JSON.stringify({ language: l, theme: l === "ko" ? "dark" : "light" }) }), language);
    await page.getByRole("button", { name: /Ana Díaz,/ }).click();
    await page.getByRole("radio", { name: language === "de" ? "Deutsch" : "한국어" }).click();
    await page.keyboard.press("Escape");
    await page.waitForTimeout(400);
    await mock("offer", 30);
    await page.waitForTimeout(200);
    await screen(page, `desk-${language}`);
  }
  await page.evaluate(() => { document.documentElement.dataset.theme = "dark"; });
  await screen(page, "dark");
  say(errors.length === 0, `no errors in the console ${errors.slice(0, 3).join(" · ")}`);
  await browser.close();
} finally {
  process.kill(-vite.pid);
}
process.exit(failures > 0 ? 1 : 0);

// `npm run shots [folder]`: every state of the webchat in real Chromium, judged by axe; pictures to look at. Fails on any finding.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Frame, type Page } from "playwright-core";
import { Mock, type Line } from "./mock.ts";

const folder = process.argv[2] ?? "shots";
mkdirSync(folder, { recursive: true });
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
let failed = 0;
const chromiumPath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });

interface Scene {
  name: string;
  query?: string;
  size?: { width: number; height: number };
  mobile?: boolean;
  forced?: boolean;
  before?: (mock: Mock) => void;
  act?: (frame: Frame, mock: Mock, page: Page) => Promise<void>;
  /** Nothing of the chat is to be seen. */
  closed?: boolean;
}

const HISTORY: Line[] = [
  { from: "bot", name: "Tide", text: "What can I help with?", choices: ["Where is my order?", "A product", "A person"] },
  { from: "me", text: "Is the travel mug dishwasher safe?", state: "read" },
  { from: "bot", name: "Tide", text: "The steel body is. The lid is not, please wash it by hand." },
  { from: "me", text: "Ok, and can I get it engraved? live agent please", state: "read" },
  { from: "system", text: "", notice: { kind: "joined", params: { name: "Ana" } } },
  { from: "agent", name: "Ana", text: "Hello Tom! Yes, up to 12 letters. Which name shall it be?" },
];
const tell = (mock: Mock): void => HISTORY.forEach((line) => void mock.say(line));
const agent = async (_frame: Frame, mock: Mock): Promise<void> => {
  mock.all({ type: "agent", name: "Ana", present: true });
  mock.all({ type: "typing", on: true, name: "Ana" });
};
/** So many days from now. */
const soon = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const write = (frame: Frame, text: string): Promise<void> => frame.locator("textarea").fill(text);

const scenes: Scene[] = [
  { name: "launcher-unread", closed: true },
  { name: "empty-en" },
  { name: "empty-de", query: "?lang=de" },
  { name: "empty-ko-phone", query: "?lang=ko", size: PHONE, mobile: true },
  { name: "talk-en", before: tell, act: async (frame, mock) => (await agent(frame, mock), write(frame, "For my sister: ")) },
  { name: "talk-dark", query: "?dark", before: tell, act: agent },
  { name: "talk-de-phone", query: "?lang=de", size: PHONE, mobile: true, before: tell, act: agent },
  { name: "talk-forced", forced: true, before: tell, act: agent },
  { name: "talk-zoom", size: { width: 720, height: 450 }, before: tell, act: agent },
  { name: "choices-ko", query: "?lang=ko", before: (mock) => void mock.say({ from: "bot", name: "타이드", text: "무엇을 도와드릴까요?", choices: ["주문이 어디 있나요?", "상품 문의", "상담원 연결"] }) },
  {
    name: "files-hostile",
    before: (mock) => {
      mock.say({ from: "me", text: "<img src=x onerror=alert(1)> https://shop.example/a(b)?c=d. javascript:alert(1) http://plain.example", state: "delivered" });
      mock.say({ from: "agent", name: "Ana", text: "Like this?", attachments: [{ id: "a1", name: "mug.png", type: "image/png", bytes: 48210, width: 320, height: 200, url: "/sky.svg", thumbnail_url: "/sky.svg" }] });
      mock.say({ from: "agent", name: "Ana", text: "", attachments: [{ id: "a2", name: "engraving-guidelines-2026-with-a-very-long-name.pdf", type: "application/pdf", bytes: 1_400_000, width: null, height: null, url: "/sky.svg", thumbnail_url: null }] });
      mock.say({ from: "me", text: "مرحبا، أريد كوبين 🎁👩‍👩‍👧‍👦 Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle", state: "sent" });
    },
  },
  { name: "loading-de", query: "?lang=de", before: (mock) => void (mock.faults.slow = 5000) },
  { name: "failed-en", before: (mock) => void (mock.faults.slow = 1500), act: async (frame, mock) => { mock.faults.down = true; mock.cut(); await frame.getByRole("heading", { name: "The chat cannot be reached" }).waitFor({ timeout: 30_000 }); } },
  { name: "offline-ko", query: "?lang=ko", before: tell, act: async (frame, mock, page) => { mock.faults.down = true; await page.context().setOffline(true); mock.cut(); await frame.locator(".pill").waitFor(); await write(frame, "네, 민지로 해 주세요"); await page.keyboard.press("Enter"); await frame.locator(".waiting").waitFor(); } },
  { name: "flood-en", before: (mock) => (tell(mock), void (mock.faults.flood = true)), act: async (frame, _mock, page) => { await write(frame, "One more"); await page.keyboard.press("Enter"); await frame.getByText("goes out by itself").waitFor(); } },
  { name: "counter-de", query: "?lang=de", act: async (frame) => { await write(frame, "Wasser ".repeat(1430)); await frame.getByText("zu viel").waitFor(); } },
  { name: "upload-too-big", act: async (frame) => { await frame.locator("input[type=file]").setInputFiles({ name: "mug.png", mimeType: "image/png", buffer: Buffer.alloc(2048) }); await frame.getByText("mug.png").waitFor(); await frame.locator("input[type=file]").setInputFiles({ name: "holiday.png", mimeType: "image/png", buffer: Buffer.alloc(11 * 1024 * 1024) }); await frame.getByText("Files may have up to 10 MB").waitFor(); } },
  { name: "menu-en", act: async (frame) => { await frame.getByRole("button", { name: "Chat options" }).click(); await frame.getByRole("menuitem").waitFor(); } },
  { name: "proof-de", query: "?lang=de", act: async (frame, _mock, page) => { await frame.getByRole("button", { name: "Chat-Optionen" }).click(); await frame.getByRole("menuitem").click(); await frame.getByLabel("Telefonnummer mit").fill("+49 151 23456789"); await page.keyboard.press("Enter"); await frame.getByLabel("Code aus der SMS").fill("000000"); await page.keyboard.press("Enter"); await frame.getByText("stimmt nicht").waitFor(); } },
  { name: "closed-en", before: (mock) => void (mock.closed = { opens_at: soon(3) }) },
  { name: "closed-talk-de-dark", query: "?lang=de&dark", before: (mock) => (HISTORY.slice(0, 3).forEach((line) => void mock.say(line)), void (mock.closed = { opens_at: soon(40) })) },
  { name: "closed-ko-phone", query: "?lang=ko", size: PHONE, mobile: true, before: (mock) => void (mock.closed = { opens_at: null }) },
  { name: "closed-forced", forced: true, before: (mock) => void (mock.closed = { opens_at: soon(0.1) }) },
  { name: "expired-en", before: (mock) => void (mock.faults.expireToken = true), act: async (frame, _mock, page) => { void frame; await page.reload(); await page.waitForTimeout(1200); } },
];

if (!process.argv[3] || process.argv[3] === "behave") await behave(browser);
for (const scene of scenes) {
  if (process.argv[3] && !scene.name.includes(process.argv[3])) continue;
  await draw(browser, scene);
}
await browser.close();
if (failed > 0) {
  console.error(`${failed} findings`);
  process.exitCode = 1;
}

async function draw(browser: Browser, scene: Scene): Promise<void> {
  const mock = new Mock();
  await mock.listen(0);
  scene.before?.(mock);
  const context = await browser.newContext({ viewport: scene.size ?? WIDE, hasTouch: scene.mobile ?? false, isMobile: scene.mobile ?? false, bypassCSP: false, ...(scene.forced ? { forcedColors: "active" } : {}) });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && !/net::ERR|Failed to load|WebSocket/.test(message.text()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  try {
    await page.goto(`http://localhost:${mock.port}/${scene.query ?? ""}`);
    await page.locator("button.launcher").click();
    const frame = async (): Promise<Frame> => {
      await page.locator("iframe").waitFor({ state: "attached" });
      for (;;) {
        const found = page.frames().find((one) => one.url().includes("/frame?"));
        if (found) return found;
        await page.waitForTimeout(20);
      }
    };
    const inner = await frame();
    if (mock.faults.slow === 0) await inner.getByText(/Write to us|Wir antworten|메시지를 남기면|Here for you|Jetzt für|지금 상담/).first().waitFor();
    else await page.waitForTimeout(800);
    if (scene.closed) {
      await inner.locator("textarea").fill("Hello");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(200);
      await page.keyboard.press("Escape");
      await page.locator(".badge").filter({ hasText: "1" }).waitFor();
    }
    await scene.act?.(inner, mock, page);
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${folder}/${scene.name}.png` });
    if (!scene.closed) await judge(scene.name, await frame());
  } catch (error) {
    errors.push(String(error));
    await page.screenshot({ path: `${folder}/${scene.name}.png` }).catch(() => undefined);
  }
  failed += errors.length;
  console.log(`${errors.length === 0 ? "ok  " : "BAD "} ${scene.name}${errors.map((error) => `\n      ${error}`).join("")}`);
  await context.close();
  mock.close();
}

/** What no picture shows. */
async function behave(browser: Browser): Promise<void> {
  const expect = (name: string, right: boolean, seen: unknown): void => {
    console.log(`${right ? "ok  " : "BAD "} ${name}${right ? "" : `: ${JSON.stringify(seen)}`}`);
    if (!right) failed++;
  };
  const mock = new Mock();
  await mock.listen(0);
  const page = await (await browser.newContext()).newPage();
  const errors: string[] = [];
  page.on("console", (message) => message.text().startsWith("Seaway") && errors.push(message.text()));
  mock.faults.refuseSite = true;
  await page.goto(`http://localhost:${mock.port}/`);
  await page.waitForTimeout(600);
  expect("a refused site says so once and shows nothing", errors.length === 1 && /not among the allowed sites/.test(errors[0]!) && (await page.locator("button.launcher").count()) === 0, errors);

  mock.faults.refuseSite = false;
  mock.faults.silent = true;
  await page.reload();
  await page.locator("button.launcher").press("Enter");
  const field = page.frameLocator("iframe").locator("textarea");
  await field.waitFor();
  await page.waitForTimeout(400);
  expect("opening moves the focus into the field", await field.evaluate((element) => element === document.activeElement && document.hasFocus()), null);
  await page.keyboard.type("one");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("two");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(300);
  expect("Enter sends, Shift+Enter breaks the line", mock.messages[0]?.["text"] === "one\ntwo", mock.messages);
  await field.fill("한");
  await field.dispatchEvent("keydown", { key: "Enter", isComposing: true });
  await page.waitForTimeout(200);
  expect("an Enter that composes never sends", mock.messages.length === 1 && (await field.inputValue()) === "한", mock.messages);
  await field.fill("");
  await page.keyboard.press("Escape");
  await page.waitForTimeout(300);
  expect("Escape closes and gives the focus back", await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.className === "launcher"), null);

  const seen = (): unknown => mock.heard.filter((frame) => frame["type"] === "seen").at(-1)?.["pos"];
  mock.say({ from: "agent", name: "Ana", text: "Still there?" });
  await page.locator(".badge").filter({ hasText: "1" }).waitFor();
  expect("delivered while closed, not read", mock.heard.some((frame) => frame["type"] === "ack" && frame["pos"] === 2) && seen() !== 2, mock.heard);
  await page.locator("button.launcher").click();
  await page.waitForTimeout(400);
  expect("read once open", seen() === 2, seen());

  await page.context().setOffline(true);
  mock.faults.down = true;
  mock.cut();
  await page.waitForTimeout(300);
  await field.fill("typed offline");
  await page.keyboard.press("Enter");
  await field.fill("a draft");
  await page.waitForTimeout(300);
  mock.say({ from: "agent", name: "Ana", text: "Missed meanwhile" });
  await page.context().setOffline(false);
  mock.faults.down = false;
  await page.frameLocator("iframe").locator(".bubble", { hasText: "Missed meanwhile" }).waitFor({ timeout: 15_000 });
  await page.waitForTimeout(600);
  expect("after a cut: nothing lost, nothing doubled", mock.messages.filter((message) => message["text"] === "typed offline").length === 1, mock.messages);
  await page.reload();
  await field.waitFor();
  await page.waitForTimeout(500);
  expect("a reload gives back chat and draft", (await field.inputValue()) === "a draft" && (await page.frameLocator("iframe").locator(".bubble", { hasText: "Missed meanwhile" }).count()) === 1, await field.inputValue());
  await page.evaluate(() => window.seawayWebchat?.setLanguage("de"));
  await page.frameLocator("iframe").getByRole("log", { name: "Nachrichten" }).waitFor();
  await page.evaluate(() => window.seawayWebchat?.signOut());
  await page.waitForTimeout(600);
  expect("signing out leaves nothing", (await field.inputValue()) === "" && (await page.frameLocator("iframe").locator(".bubble", { hasText: "Missed meanwhile" }).count()) === 0, await field.inputValue());
  const forged = await page.evaluate(() => {
    window.postMessage({ seaway: 1, type: "close" }, "*");
    return new Promise((resolve) => setTimeout(() => resolve(document.querySelector("seaway-webchat")?.shadowRoot?.querySelector(".open") !== null), 200));
  });
  expect("a forged message from the page's own origin is ignored", forged === true, forged);
  await page.context().close();
  mock.faults = { ...mock.faults, sockets: false };
  const polling = await (await browser.newContext()).newPage();
  await polling.goto(`http://localhost:${mock.port}/`);
  await polling.locator("button.launcher").click();
  await polling.waitForTimeout(5_000);
  mock.say({ from: "agent", name: "Ana", text: "By polling" });
  await polling.frameLocator("iframe").locator(".bubble", { hasText: "By polling" }).waitFor({ timeout: 8_000 });
  expect("sockets blocked: messages still come", true, null);
  await polling.context().close();
  mock.faults.sockets = true;
  mock.closed = { opens_at: new Date(Date.now() + 6_000).toISOString() };
  const late = await (await browser.newContext()).newPage();
  await late.goto(`http://localhost:${mock.port}/`);
  await late.locator("button.launcher").click();
  const shut = late.frameLocator("iframe").locator(".shut");
  await shut.getByRole("status").filter({ hasText: "back today at" }).waitFor();
  await shut.getByRole("status").filter({ hasNotText: "back" }).waitFor({ state: "attached", timeout: 4_000 });
  expect("while closed: a notice, said aloud once", (await shut.locator("p").first().textContent())?.includes("back today at") === true, await shut.textContent());
  await shut.waitFor({ state: "detached", timeout: 8_000 });
  expect("the notice goes when it opens", true, null);
  await late.context().close();
  mock.close();
}

/** Axe by the debugger, which no CSP stops. */
async function judge(name: string, frame: Frame): Promise<void> {
  const { readFileSync } = await import("node:fs");
  await frame.evaluate(readFileSync(AXE, "utf8"));
  const found = await frame.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
    return (await axe.run()).violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.map((node) => `${node.html.slice(0, 120)} — ${node.failureSummary}`).join(" | ")}`);
  });
  failed += found.length;
  for (const one of found) console.log(`axe  ${name}: ${one}`);
}

// The shop makes the house its own: a field of its kind that an agent fills in, and its name, sign and colour at every door.
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { axe } from "../lib/axe.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { until } from "../lib/wait.mjs";
import { eitherAgent } from "./offers.mjs";

const NAME = "Harbour Tea";
/** Too light to be read on white: what is drawn there has to be another. */
const ACCENT = "#ffb300";

export function custom(story, house) {
  story.step("custom-fields", ["sign-in"], async () => {
    const { admin } = house;
    await admin.visit("/admin/fields/new");
    const { page } = admin;
    await page.getByRole("textbox", { name: "Key" }).fill("since");
    await page.getByRole("button", { name: /^Text Kind/ }).or(page.getByRole("button", { name: /Kind/ })).first().click();
    await page.getByRole("option", { name: "Date" }).click();
    await page.getByRole("textbox", { name: "English" }).fill("Customer since");
    await house.browser.shoot(page, "field-new");
    await page.getByRole("button", { name: /^Create/ }).click();
    await until("the field is there", async () => (await admin.api("GET", "/custom-fields")).items.some((field) => field.key === "since" && field.kind === "date"));
    const number = await admin.api("POST", "/custom-fields", { subject: "task", key: "amount", kind: "number", labels: { en: "Amount", de: "Betrag" } });
    await admin.visit("/admin/fields");
    await page.getByRole("row", { name: /Customer since/ }).waitFor();
    await axe(page, "the custom fields");

    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    const fields = agent.page.getByRole("region", { name: "Fields" });
    await agent.page.getByRole("button", { name: "Set Customer since" }).click();
    await agent.page.getByLabel("Customer since", { exact: true }).fill("2024-02-29");
    await agent.page.keyboard.press("Enter");
    await fields.getByText("29 Feb 2024").waitFor();
    await agent.page.getByRole("button", { name: "Set Amount" }).click();
    const amount = agent.page.getByLabel("Amount", { exact: true });
    await amount.fill("a lot");
    await house.browser.tolerate(/422/, async () => {
      await amount.press("Enter");
      await agent.page.getByText("Amount takes a number").first().waitFor();
    });
    await house.browser.shoot(agent.page, "field-refused");
    await amount.fill("-37.25");
    await amount.press("Enter");
    await agent.page.getByRole("region", { name: "Task", exact: true }).getByText("-37.25").waitFor();
    const { task } = (await agent.api("GET", `/conversations/${agent.conversation}`));
    assert.equal(JSON.parse(task.attributes).amount, -37.25, "a number is a number for workflows");
    // What the kind becomes, the value stays.
    await admin.api("PATCH", `/custom-fields/${number.id}`, { kind: "yes_no", version: number.version });
    await agent.page.reload();
    await agent.page.getByRole("region", { name: "Task", exact: true }).getByRole("img", { name: "Does not fit: yes or no is needed" }).waitFor();
    await house.browser.shoot(agent.page, "field-misfit");
    await agent.complete();
    await visitor.leave();
    for (const field of (await admin.api("GET", "/custom-fields")).items) await admin.api("DELETE", `/custom-fields/${field.id}?version=${field.version}`);
  });

  story.step("branding", ["sign-in"], async () => {
    const { admin } = house;
    const { page } = admin;
    await admin.visit("/admin/branding");
    await page.getByRole("textbox", { name: "Name" }).fill(NAME);
    await page.getByRole("textbox", { name: "Accent" }).fill(ACCENT);
    await page.getByText("On light ground it becomes").waitFor();
    await page.locator("input[type=file]").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: png(64) });
    await page.getByRole("img", { name: "The logo now" }).waitFor();
    await page.getByRole("button", { name: /^Save/ }).click();
    await page.getByRole("button", { name: /^Save/ }).waitFor({ state: "detached" });
    await until("the title has the name", async () => (await page.title()).endsWith(NAME));
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await axe(page, `branding in ${colorScheme}`);
      await house.browser.shoot(page, `branding-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: null });
    await house.browser.tolerate(/422/, async () => {
      await page.locator("input[type=file]").setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>") });
      await page.getByText("drawings in SVG are not taken").waitFor();
    });

    const stranger = await house.browser.person("stranger");
    const door = await stranger.newPage();
    await house.browser.tolerate(/401/, async () => {
      await door.goto(new URL("/login", page.url()).href);
      await door.getByText(NAME, { exact: true }).waitFor();
      await until("the logo is drawn", () => door.locator(".brand img").evaluate((img) => img.complete && img.naturalWidth === 64));
    });
    assert.match(await door.title(), new RegExp(`${NAME}$`));
    assert.match(await door.locator("link[rel=icon]").getAttribute("href"), /data%3Aimage%2Fpng/);
    for (const colorScheme of ["light", "dark"]) {
      await door.emulateMedia({ colorScheme });
      await axe(door, `the branded log-in page in ${colorScheme}`);
      await house.browser.shoot(door, `branded-login-${colorScheme}`);
    }
    await stranger.close();

    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.chat.getByRole("heading", { name: NAME, level: 1 }).waitFor();
    await until("the chat has the logo", () => visitor.chat.locator("header img").evaluate((img) => img.complete && img.naturalWidth === 96));
    await house.browser.shoot(visitor.page, "branded-chat");
    await visitor.leave();
    const { version } = await admin.api("GET", "/branding");
    await admin.api("DELETE", `/branding/logo?version=${version}`);
    await admin.api("PATCH", "/branding", { name: "", accent: "", version: version + 1 });
  });
}

/** A square of one colour with a hole, as a PNG file. */
function png(side) {
  const row = (y) => Buffer.concat([Buffer.from([0]), ...Array.from({ length: side }, (_, x) => Buffer.from(Math.hypot(x - side / 2, y - side / 2) < side / 5 ? [255, 255, 255, 255] : [10, 125, 85, 255]))]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const parts = [["IHDR", head], ["IDAT", deflateSync(Buffer.concat(Array.from({ length: side }, (_, y) => row(y))))], ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts.map(([name, data]) => chunk(name, data))]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc(body));
  return Buffer.concat([length, body, sum]);
}

function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

// Every screen in every language, light and dark, wide and narrow: judged by axe, and kept as pictures.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

const PLACES = [
  "/desk", "/contacts", "/board", "/settings", "/admin/flows", "/admin/answers", "/admin/replies", "/admin/channels", "/admin/people", "/admin/agents", "/admin/queues",
  "/admin/workflows", "/admin/business-hours", "/admin/workspace", "/admin/branding", "/admin/fields", "/admin/keys", "/admin/audit",
];
/** Where nothing is: what stands there must stand on no other page. */
const NOWHERE = "/nowhere";
/** The admin's own is the last: what comes behind reads English. */
const LANGUAGES = ["de", "ko", "en"];

export function screens(story, house) {
  story.step("small-screens", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway, { viewport: { width: 390, height: 844 }, hasTouch: true });
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    for (const [width, height] of [[1280, 720], [900, 700], [390, 844]]) {
      await agent.page.setViewportSize({ width, height });
      await agent.composer.waitFor();
      const box = await agent.composer.boundingBox();
      assert.ok(box && box.y + box.height <= height && box.x >= 0 && box.x + box.width <= width, `the composer is in sight at ${width}×${height}`);
      const sideways = await agent.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(sideways, false, `nothing scrolls sideways at ${width}×${height}`);
      await axe(agent.page, `the desk at ${width}×${height}`);
      await house.browser.shoot(agent.page, `desk-${width}`);
    }
    await agent.page.setViewportSize({ width: 1280, height: 720 });
    await agent.complete();
    await visitor.leave();
  });

  story.step("settings", ["sign-in"], async () => {
    const { page } = house.admin;
    const before = await house.admin.api("GET", "/settings");
    await house.admin.visit("/admin/workspace");
    const mask = page.getByRole("switch", { name: /^Hide card numbers/ });
    const zone = page.getByRole("combobox", { name: "Time zone" });
    const save = async () => {
      await page.getByRole("button", { name: /^Save/ }).click();
      await page.getByRole("button", { name: /^Save/ }).waitFor({ state: "detached" });
    };
    assert.deepEqual([await mask.isChecked(), await zone.inputValue()], [before.mask_secrets, before.time_zone]);
    await zone.fill("Seoul");
    await page.getByRole("option", { name: /Seoul/ }).click();
    await page.locator("label", { has: mask }).click();
    await save();
    const saved = await house.admin.api("GET", "/settings");
    assert.deepEqual([saved.mask_secrets, saved.time_zone], [!before.mask_secrets, "Asia/Seoul"], "what was switched is kept");
    await house.admin.visit("/admin/workspace");
    assert.deepEqual([await mask.isChecked(), await zone.inputValue()], [saved.mask_secrets, "Asia/Seoul"], "and stands there again");
    await page.locator("label", { has: mask }).click();
    await save();
    const { mask_secrets, version } = await house.admin.api("GET", "/settings");
    assert.equal(mask_secrets, before.mask_secrets);
    await house.admin.api("PATCH", "/settings", { time_zone: before.time_zone, version });
  });

  story.step("every-screen", ["sign-in"], async () => {
    for (const language of LANGUAGES) {
      await house.admin.page.evaluate(async (language) => {
        await fetch("/api/v1/me/preferences", { method: "PATCH", headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }, body: JSON.stringify({ language }) });
      }, language);
      await house.admin.visit(NOWHERE);
      const nothing = await house.admin.page.locator("main h1").textContent();
      for (const [number, place] of PLACES.entries()) {
        // Every other screen is opened in the dark, and the light is switched on over it.
        const schemes = number % 2 === 0 ? ["light", "dark"] : ["dark", "light"];
        await house.admin.page.emulateMedia({ colorScheme: schemes[0] });
        await house.admin.visit(place);
        assert.ok((await house.admin.page.locator("h1").allTextContents()).every((heading) => heading !== nothing), `${place} is a page of its own`);
        for (const colorScheme of schemes) {
          await house.admin.page.emulateMedia({ colorScheme });
          await axe(house.admin.page, `${place} in ${language}, ${colorScheme}`);
          await house.browser.shoot(house.admin.page, `${place.slice(1).replace("/", "-")}-${language}-${colorScheme}`);
        }
      }
    }
    await house.admin.page.emulateMedia({ colorScheme: null });
  });
}

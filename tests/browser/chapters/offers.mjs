// Who gets the task, what the offer says, and what happens when nobody takes it.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { never, PATIENCE_MS, until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";

/** Not before this many seconds does an offer return to who rejected it. */
const REOFFER_S = 15;

/** How long an offer waits in the step where nobody takes it, and how long until it returns, in seconds. */
const SHORT = { reservation_timeout_s: 10, reoffer_after_s: 5 };

/** Whichever of the two is offered the task first, and the other one. */
export async function eitherAgent(house, options = {}) {
  return until("Ana or Ben is offered the task", async () => {
    if (await house.ana.offers.count()) return [house.ana, house.ben];
    if (await house.ben.offers.count()) return [house.ben, house.ana];
    return null;
  }, options);
}

export function offers(story, house) {
  story.step("korean-reaches-ben", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway, { language: "ko" });
    await visitor.wantAgent("라이브 에이전트 부탁해요", "한국어");
    await house.ben.offered();
    assert.equal(await house.ana.offers.count(), 0, "Ana speaks no Korean");
    await house.ben.accept();
    await house.ben.reply("안녕하세요, 무엇을 도와드릴까요?");
    await visitor.sees("안녕하세요, 무엇을 도와드릴까요?");
    await house.ben.complete();
    await visitor.leave();
  });

  story.step("offer", ["sign-in"], async () => {
    house.tom = await Visitor.arrive(house.browser, house.seaway, { language: "de", name: "tom" });
    await house.tom.wantAgent("Live-Agent bitte", "Deutsch");
    const offer = await house.ana.offered();
    assert.equal(await house.ben.offers.count(), 0, "Ben speaks no German");
    const label = await offer.getAttribute("aria-label");
    assert.match(label, /^Offer: .+, Webchat/i, "it says who and which channel");
    assert.match(await offer.locator(".why").textContent(), /^By (rule|queue) \w+/, "it says why this agent: by which filter and queue it came");
    const left = async () => Number((await offer.getByRole("timer").getAttribute("aria-label")).match(/\d+/)[0]);
    const before = await left();
    await until("the time shrinks", async () => (await left()) < before);
    assert.match(await house.ana.page.title(), /^Offer: |\d/, "the title tells");
    await axe(house.ana.page, "a desk with an offer");
    await house.browser.shoot(house.ana.page, "offer");
    await house.ana.page.keyboard.press("Alt+1");
    await house.ana.opened();
    // The part before the agent is folded, and opens.
    await house.ana.log.getByRole("button", { name: /answered \d+ message/ }).click();
    await house.ana.sees("Live-Agent bitte");
  });

  story.step("reject", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("LIVE_AGENT", "English");
    const [first, second] = await eitherAgent(house);
    await first.reject();
    await second.offered();
    // With somebody else free, who rejected is left alone.
    await never("the offer returns", () => first.offers.count(), { during: 2_000 });
    const rejectedAt = Date.now();
    await second.reject();
    const [again] = await eitherAgent(house, { timeout: REOFFER_S * 1_000 + PATIENCE_MS });
    assert.ok(Date.now() - rejectedAt >= (REOFFER_S - 5) * 1_000, "it does not come back at once");
    await again.accept();
    await again.complete();
    await visitor.leave();
  });

  story.step("missed", ["sign-in"], async () => {
    const { reservation_timeout_s, reoffer_after_s, version } = await house.admin.api("GET", "/settings");
    const shorter = await house.admin.api("PATCH", "/settings", { ...SHORT, version });
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("live agent", "English");
    const [first, second] = await eitherAgent(house);
    const offeredAt = Date.now();
    await second.be("Away");
    const banner = first.page.getByText(/You missed an offer at/);
    await banner.waitFor();
    assert.ok(Date.now() - offeredAt >= (SHORT.reservation_timeout_s - 3) * 1_000, "it is missed when its time is over, and not before");
    await first.page.getByRole("button", { name: /^Activity: Away/ }).waitFor();
    await first.page.reload();
    await banner.waitFor();
    await visitor.say("Is anybody there?");
    await first.page.locator("body").press("b");
    await first.page.getByRole("button", { name: /^Activity: Available/ }).waitFor();
    await banner.waitFor({ state: "detached" });
    // Nobody else is free, so it returns to who missed it, with its place in line kept.
    await until("the offer comes back", () => first.offers.count());
    await first.accept();
    await first.complete();
    await house.admin.api("PATCH", "/settings", { reservation_timeout_s, reoffer_after_s, version: shorter.version });
    await second.be("Available");
    await visitor.leave();
  });

  story.step("nobody-there", ["sign-in"], async () => {
    await house.ana.be("Away");
    await house.ben.be("Away");
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.ask("live agent");
    await visitor.say("English");
    // A first message says that somebody is fetched; this one, that nobody is there.
    await visitor.sees(/Nobody is free/);
    await never("an offer without an agent", async () => (await house.ana.offers.count()) + (await house.ben.offers.count()), { during: 1_500 });
    await house.ben.be("Available");
    await house.ben.accept();
    await house.ben.complete();
    await house.ana.be("Available");
    await visitor.leave();
  });

  story.step("accepted-twice", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("live agent", "English");
    const [first, second] = await eitherAgent(house);
    const { reservations } = await first.api("GET", "/desk");
    const path = `/reservations/${reservations[0].id}/accept`;
    // The browser notes each honest refusal.
    const answers = await house.browser.tolerate(/status of (403|404|409).*\/accept/, () => Promise.allSettled([second.api("POST", path), first.api("POST", path), first.api("POST", path), second.api("POST", path)]));
    assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 1, "one accept holds, and the others are told that they came late");
    assert.equal(answers[0].status, "rejected", "nobody takes what was offered to somebody else");
    const { conversations } = await first.api("GET", "/desk");
    const held = conversations.filter((one) => one.task?.id === reservations[0].task.id);
    assert.equal(held.length, 1, "it is held once");
    await first.goto(`/desk/${held[0].id}`);
    await first.composer.waitFor();
    await first.complete();
    await visitor.leave();
  });
}

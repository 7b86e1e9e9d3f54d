// Without network, with a server that dies, and with customers who send anything.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { NO_ANSWER, offline } from "../lib/browser.mjs";
import { control } from "../lib/control.mjs";
import { sleep, until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

/** Long enough that every socket is given up, short enough that what an agent holds is kept. */
const OFFLINE_MS = 30_000;

/** How much earlier the customer's network goes than the desk's: so long each is alone away, and between that both are. */
const HEAD_START_MS = 8_000;

const HOSTILE = [
  "<img src=x onerror=alert(1)><script>alert(2)</script>",
  "مرحبا، أريد كوبين ‮ gnp.exe",
  "👩‍👩‍👧‍👦🏳️‍🌈🇰🇷 zalgo h̷͓͛e̶͔̽",
  "{{ contact.name }} {% for i in (1..9) %}x{% endfor %}",
];

export function trouble(story, house) {
  story.step("network-gone", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    let said;
    const alone = new Promise((done) => (said = done));
    const back = offline(house.browser, visitor.context, async () => {
      await visitor.say("Written without network");
      await agent.reply("Said while you were away");
      said();
      await sleep(OFFLINE_MS);
    }).then(async () => {
      await visitor.sees("Said while you were away");
      await visitor.say("Said while the desk was away");
      await until("the server took it, with nobody at the desk", async () => /Sent/.test(await visitor.receipt()));
    });
    await Promise.race([alone, back]);
    const away = sleep(HEAD_START_MS).then(() => offline(house.browser, house.staff, async () => {
      await agent.composer.fill("Typed without network");
      await agent.page.keyboard.press("Control+Enter");
      await Promise.all([sleep(OFFLINE_MS), back]);
    }));
    await Promise.all([back, away]);
    await agent.sees("Written without network");
    await visitor.sees("Typed without network");
    await agent.sees("Said while the desk was away");
    await agent.be("Available");
    const texts = (await agent.messages()).map((message) => message.text);
    for (const text of ["Written without network", "Typed without network"]) assert.equal(texts.filter((one) => one === text).length, 1, `“${text}” is there once`);
    for (const one of [house.ana, house.ben]) await one.be("Available");
    await agent.complete();
    await visitor.leave();
  });

  story.step("crash-under-open-windows", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await house.browser.tolerate(NO_ANSWER, async () => {
      await house.seaway.kill();
      await visitor.say("Typed while the server was down");
      await agent.composer.fill("And this on the desk");
      await agent.page.keyboard.press("Control+Enter");
      await house.seaway.start();
      await visitor.sees("And this on the desk");
      await agent.log.getByText("Typed while the server was down").first().waitFor();
    });
    await agent.complete();
    await visitor.leave();
  });

  story.step("in-doubt", ["messenger-beside-webchat"], async () => {
    const { app } = house;
    await app.choose("LINE");
    await app.hold("Tom");
    await app.say("live agent please");
    const asked = () => app.theirs.filter({ hasText: "language" }).count();
    const offered = async () => (await house.ana.offers.count()) + (await house.ben.offers.count());
    await until("the flow asks, or somebody is offered the customer", async () => (await asked()) || (await offered()));
    if (!(await offered())) await app.say("English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    const { channel } = await agent.api("GET", `/conversations/${agent.conversation}`);
    const { accounts } = await control(house.seaway, "platform", "GET", "/state");
    const { id: account } = accounts.map((one) => one.account).find(({ kind }) => kind === "line");
    assert.equal(channel.kind, "line");
    // A free answer has no key, so LINE does not tell a repeat; its own answer to us is lost.
    const lost = async (text) => {
      await app.say(`about ${text}`);
      await agent.sees(`about ${text}`);
      await control(house.seaway, "platform", "PUT", `/accounts/${account}/faults`, { drop_response: 1 });
      await agent.reply(text);
      await app.sees(text);
      await until("nobody knows whether it arrived", async () => (await agent.stateOf(text)) === "uncertain");
      await agent.front();
    };
    await lost("Your parcel left today");
    const doubt = agent.log.locator(".why-not");
    await doubt.getByText("Not sure it arrived").waitFor();
    for (const colorScheme of ["light", "dark"]) {
      await agent.page.emulateMedia({ colorScheme });
      await axe(agent.page, `a message in doubt, ${colorScheme}`);
      await house.browser.shoot(agent.page, `in-doubt-${colorScheme}`);
    }
    await agent.page.emulateMedia({ colorScheme: null });
    await doubt.getByRole("button", { name: "It arrived" }).click();
    await doubt.waitFor({ state: "detached" });
    assert.equal(await agent.stateOf("Your parcel left today"), "sent");

    await lost("It comes tomorrow");
    await house.admin.visit("/admin/undelivered");
    await house.admin.page.getByRole("row", { name: /Tom/ }).first().click();
    const drawer = house.admin.page.getByRole("dialog");
    await drawer.getByText("Every try").waitFor();
    for (const colorScheme of ["light", "dark"]) {
      await house.admin.page.emulateMedia({ colorScheme });
      await axe(house.admin.page, `an undelivered message, ${colorScheme}`);
      await house.browser.shoot(house.admin.page, `undelivered-${colorScheme}`);
    }
    await house.admin.page.emulateMedia({ colorScheme: null });
    await drawer.getByRole("button", { name: "It arrived" }).click();
    await drawer.waitFor({ state: "detached" });
    await until("nobody is asked any more", async () => (await agent.stateOf("It comes tomorrow")) === "sent");
    for (const text of ["Your parcel left today", "It comes tomorrow"]) assert.equal(await app.theirs.filter({ hasText: text }).count(), 1, `“${text}” came once`);
    await agent.front();
    await agent.complete();
  });

  story.step("hostile-customer", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway);
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    let dialogs = 0;
    for (const page of [agent.page, visitor.page]) page.on("dialog", (dialog) => (dialogs += 1, dialog.dismiss()));
    for (const text of HOSTILE) {
      await visitor.say(text);
      await agent.sees(text);
    }
    const long = "Wasser ".repeat(1_420);
    await visitor.field.fill(long.trim());
    await visitor.field.press("Enter");
    await until("10,000 characters arrive", async () => (await agent.messages()).some((message) => message.text.length > 9_000));
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(3)"/>');
    await house.browser.tolerate(/Failed to load resource/, async () => {
      await visitor.chat.locator("input[type=file]").setInputFiles({ name: '"><svg onload=alert(4)>.svg', mimeType: "image/svg+xml", buffer: svg });
      const remove = visitor.chat.getByRole("button", { name: "Remove", exact: true });
      await remove.waitFor();
      assert.equal(await visitor.chat.getByRole("button", { name: "Try again" }).count(), 0, "what is refused for its kind is not tried again");
      await remove.click();
      await remove.waitFor({ state: "detached" });
    });
    const tooBig = visitor.chat.getByText(/Files may have up to/);
    await visitor.chat.locator("input[type=file]").setInputFiles({ name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(11 * 1024 * 1024) });
    await tooBig.waitFor();
    await visitor.field.fill("without it");
    await tooBig.waitFor({ state: "detached" });
    await visitor.field.fill("");
    await agent.composer.waitFor();
    const box = await agent.composer.boundingBox();
    assert.ok(box && box.y + box.height <= 720, "the composer is in sight");
    assert.equal(dialogs, 0, "nothing ran");
    await agent.complete();
    await visitor.leave();
  });
}

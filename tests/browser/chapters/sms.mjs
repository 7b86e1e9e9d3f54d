// The phone: through the carrier, by real webhooks, and the same person on two channels.
import assert from "node:assert/strict";
import { carrierLedger, Phone } from "../lib/phone.mjs";
import { until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

export function sms(story, house) {
  story.step("sms-answered", ["sign-in"], async () => {
    const context = await house.browser.person("phone");
    house.phone = await Phone.open(context, house.seaway);
    await house.phone.ask("LIVE_AGENT");
    await house.phone.say("English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await agent.reply("Hello, this is the shop 😀");
    await house.phone.sees("Hello, this is the shop 😀");
    await until("the phone acknowledged it", async () => (await agent.stateOf("Hello, this is the shop 😀")) === "delivered");
    const ledger = await carrierLedger(house.seaway);
    assert.equal(ledger.accepted.filter((one) => one.body === "Hello, this is the shop 😀").length, 1, "the carrier took it once");
    assert.ok((await agent.messages()).every((message) => message.direction !== "out" || message.state !== "read"), "SMS never shows read");
    await agent.complete();
  });

  story.step("number-proven", ["sms-answered"], async () => {
    const number = await house.phone.number();
    const visitor = await Visitor.arrive(house.browser, house.seaway, { name: "prover" });
    await visitor.say("Hello");
    await visitor.chat.getByRole("button", { name: "Chat options" }).click();
    await visitor.chat.getByRole("menuitem", { name: "Prove my phone number" }).click();
    await visitor.chat.getByLabel("Phone number with country code").fill(number);
    await visitor.page.keyboard.press("Enter");
    const code = await until("the code arrives on the phone", async () => (await house.phone.theirs.last().textContent()).match(/\b\d{6}\b/)?.[0]);
    await visitor.chat.getByLabel("Code from the SMS").fill(code);
    await visitor.page.keyboard.press("Enter");
    await visitor.chat.getByText("Number proven").waitFor();
    await visitor.chat.getByRole("button", { name: "Back to the chat" }).click();
    // One person, one timeline: the language said by SMS routes the chat without asking again.
    await visitor.say("live agent");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    const { contact } = await agent.api("GET", `/conversations/${agent.conversation}`);
    const person = await agent.api("GET", `/contacts/${contact.person_id}`);
    assert.ok(person.addresses.some(({ channel, value, verified }) => channel === "sms" && value === number && verified), "the number is theirs, proven");
    assert.ok(person.conversations.some(({ channel }) => channel.kind === "sms"), "the timeline has the SMS");
    assert.ok(!(await visitor.log.textContent()).includes("this is the shop"), "the visitor never sees SMS history");
    await agent.complete();
    await visitor.leave();
  });

  story.step("number-claimed", ["sms-answered"], async () => {
    const number = await house.phone.number();
    const visitor = await Visitor.arrive(house.browser, house.seaway, { name: "claimer" });
    await visitor.ask(`You can text me at ${number}`);
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await agent.page.getByText("claims the same number").waitFor();
    await agent.page.getByRole("button", { name: "Join the two" }).click();
    await agent.page.getByText(/^Joined with/).waitFor();
    await agent.page.getByRole("button", { name: "Undo" }).first().click();
    await agent.page.getByText("claims the same number").waitFor();
    await agent.complete();
    await visitor.leave();
  });

  story.step("goes-on-by-sms", ["sms-answered"], async () => {
    const number = await house.phone.number();
    const visitor = await Visitor.arrive(house.browser, house.seaway, { name: "leaver" });
    await visitor.ask(`I have to go, please text me at ${number}`);
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    const task = (await agent.api("GET", `/conversations/${agent.conversation}`)).task.id;
    await agent.page.getByRole("button", { name: /^Send on Webchat .*, change channel$/ }).click();
    const dialog = agent.page.getByRole("dialog", { name: "Continue on another channel" });
    await dialog.getByRole("radio", { name: new RegExp(`SMS.*${number.replace("+", "\\+")}`) }).check();
    const go = dialog.getByRole("button", { name: "Continue on SMS" });
    assert.ok(await go.isDisabled(), "nobody said yet that the customer asked for it");
    await dialog.getByText("asked to be written to there").click();
    await house.browser.shoot(agent.page, "channel-options");
    await go.click();
    await dialog.waitFor({ state: "hidden" });
    await agent.reply("Here we go on by text");
    await house.phone.sees("Here we go on by text");
    await house.phone.say("Thank you, I am on the train");
    await agent.page.getByText("Thank you, I am on the train").first().waitFor();
    const after = await agent.api("GET", `/conversations/${agent.conversation}`);
    assert.equal(after.task.id, task, "the same task");
    assert.ok(!(await visitor.log.textContent()).includes("by text"), "nobody reads it twice");
    await agent.complete();
    await visitor.leave();
  });

  story.step("stop-and-start", ["sms-answered"], async () => {
    await house.phone.ask("STOP");
    const ledger = await carrierLedger(house.seaway);
    assert.equal(ledger.opted_out.length, 1, "the carrier notes it");
    await house.phone.ask("START");
    assert.equal((await carrierLedger(house.seaway)).opted_out.length, 0);
  });

  story.step("stop-shown", ["stop-and-start"], async () => {
    await house.phone.ask("live agent");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await house.phone.ask("STOP");
    const evidence = agent.page.locator(".evidence");
    await evidence.getByText(/wrote “\W?STOP\W?”, a word that counts everywhere/).waitFor();
    await evidence.getByText("They come back by writing START", { exact: false }).waitFor();
    // The composer turned to notes by itself: only these are left.
    await agent.page.getByRole("group", { name: "Reply or note" }).getByRole("button", { name: "Reply" }).click();
    await agent.page.getByText("This customer asked for no more messages to this number", { exact: false }).waitFor();
    await house.browser.shoot(agent.page, "opted-out");
    await house.browser.tolerate(/409/, async () => {
      const refused = await agent.api("POST", `/conversations/${agent.conversation}/messages`, { client_id: "after-stop", text: "One more thing" }).catch((error) => String(error));
      assert.match(String(refused), /opted_out|409/, "what is written after the STOP is refused before it leaves");
    });
    await house.phone.ask("START");
    await agent.page.getByText("Came back", { exact: false }).waitFor();
    await evidence.getByText("You may write to them again", { exact: false }).waitFor();
    await agent.reply("Welcome back");
    await house.phone.sees("Welcome back");
    await agent.complete();
  });
}

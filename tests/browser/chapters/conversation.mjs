// What an agent does with a conversation, from the first answer to the outcome.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { never, until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

/** A picture of one pixel, whole and valid. */
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

export function conversation(story, house) {
  story.step("answer", ["offer"], async () => {
    await house.ana.reply("Guten Tag! Was kann ich für Sie tun?");
    await house.tom.sees("Guten Tag! Was kann ich für Sie tun?");
    await until("it is read, because the chat is open and visible", async () => (await house.ana.stateOf("Guten Tag! Was kann ich für Sie tun?")) === "read");
    await house.ana.log.getByText("Read", { exact: true }).first().waitFor();
    await house.tom.say("Mein Kessel tropft");
    await house.ana.sees("Mein Kessel tropft");
    await until("the customer sees it read", async () => /Gelesen|Read/.test(await house.tom.receipt()));
    await axe(house.ana.page, "a conversation");
    await axe(house.tom.page, "the open chat");
    await house.browser.shoot(house.ana.page, "conversation");
  });

  story.step("typing", ["answer"], async () => {
    await house.tom.field.pressSequentially("Hm", { delay: 50 });
    await house.ana.page.getByRole("img", { name: /is typing$/ }).waitFor();
    await house.tom.field.fill("");
    await house.ana.composer.pressSequentially("Ja", { delay: 50 });
    await house.tom.chat.getByRole("img", { name: /schreibt/ }).waitFor();
    await house.ana.composer.fill("");
  });

  story.step("note", ["answer"], async () => {
    await house.ana.note("Stammkunde, bitte kulant");
    await never("a note reaches the customer", async () => (await house.tom.log.textContent()).includes("Stammkunde"), { during: 1_500 });
  });

  story.step("canned", ["answer"], async () => {
    const { items } = await house.ana.api("GET", "/canned-replies");
    const reply = items.find((one) => one.texts.de);
    assert.ok(reply, "the demo has a quick reply in German");
    await house.ana.composer.fill(`/${reply.shortcut.replace(/^\//, "")}`);
    await house.ana.page.locator("#canned-list").waitFor();
    await house.ana.page.keyboard.press("Enter");
    await until("the reply is filled in", async () => (await house.ana.composer.inputValue()).length > 5);
    const text = await house.ana.composer.inputValue();
    await house.ana.page.keyboard.press("Control+Enter");
    await house.tom.sees(text.split("\n")[0]);
  });

  story.step("files", ["answer"], async () => {
    await house.tom.attach({ name: "kessel.png", mimeType: "image/png", buffer: PNG });
    await house.tom.say("So sieht er aus");
    const picture = house.ana.log.getByRole("button", { name: "Open picture kessel.png" });
    await picture.waitFor();
    await until("the picture is shown", () => picture.locator("img").evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
    await house.ana.page.locator("input[type=file]").setInputFiles({ name: "anleitung.png", mimeType: "image/png", buffer: PNG });
    await house.ana.page.getByRole("list", { name: "Files to send" }).getByRole("button", { name: "Remove anleitung.png" }).waitFor();
    await house.ana.reply("So geht es");
    await house.tom.chat.getByRole("link", { name: /anleitung\.png/ }).waitFor();
  });

  story.step("answers-to-choose", ["answer"], async () => {
    await house.ana.front();
    await house.ana.composer.fill("Heute oder morgen?");
    await house.ana.page.getByRole("button", { name: "Answers to offer", exact: true }).click();
    const answers = house.ana.page.getByRole("group", { name: "Answers to offer" });
    await answers.getByLabel("Answer 1").fill("Heute 🌊");
    await answers.getByLabel("Answer 2").fill("커피, 내일");
    await answers.getByText("The customer gets them as buttons").waitFor();
    await axe(house.ana.page, "answers in the composer");
    await house.browser.shoot(house.ana.page, "answers-composer");
    await house.ana.page.keyboard.press("Control+Enter");
    await house.tom.chat.getByRole("button", { name: "커피, 내일" }).click();
    await house.ana.log.locator(".offered .picked").filter({ hasText: "커피, 내일" }).waitFor();
    const [said] = (await house.ana.messages()).filter((message) => message.direction === "in").slice(-1);
    assert.equal(said.choice, "커피, 내일");
    await house.browser.shoot(house.ana.page, "answers-chosen");
  });

  story.step("own-words", ["answer"], async () => {
    await house.ana.reply("Wir liefern am Freitag 🌧");
    await house.tom.sees("Wir liefern am Freitag 🌧");
    const ours = house.ana.log.locator(".msg.out").filter({ hasText: "Wir liefern am Freitag" });
    const id = await ours.getAttribute("id");
    await ours.hover();
    await ours.getByRole("button", { name: "Edit this message" }).click();
    const words = house.ana.page.getByRole("textbox", { name: "New words for this message" });
    await words.fill("Wir liefern am Montag ☀️ 월요일");
    await house.browser.shoot(house.ana.page, "own-words-editing");
    await house.ana.page.keyboard.press("Control+Enter");
    await house.tom.sees("Wir liefern am Montag ☀️ 월요일");
    assert.equal(await house.tom.log.getByText("Wir liefern am Freitag").count(), 0, "the first words are gone");
    await house.tom.log.getByText("bearbeitet").first().waitFor();
    const mine = house.ana.page.locator(`#${id}`);
    await mine.getByRole("button", { name: "edited" }).waitFor();
    await mine.hover();
    await mine.getByRole("button", { name: "Take back" }).click();
    await house.ana.page.getByRole("dialog", { name: "Take back" }).getByRole("button", { name: "Take back" }).click();
    await house.tom.sees("Diese Nachricht wurde zurückgenommen");
    await mine.getByText(/^You took this message back/).waitFor();
    assert.equal(await house.tom.log.getByText("Wir liefern am Montag").count(), 0, "nothing of it is left");
    await axe(house.ana.page, "a message taken back");
    await house.browser.shoot(house.ana.page, "own-words-gone");
  });

  story.step("place-and-contact", ["answer"], async () => {
    const { page } = house.ana;
    await house.ana.front();
    await page.getByRole("button", { name: "Add to the reply" }).click();
    await page.getByRole("menuitem", { name: "Place" }).click();
    const place = page.getByRole("dialog", { name: "Place" });
    await place.getByLabel("Name").fill("Café am Fluss ☕");
    await place.getByLabel("Latitude").fill("95");
    await place.getByRole("button", { name: "Add" }).click();
    await place.getByText("A number from -90 to 90").waitFor();
    await axe(page, "the form of a place");
    await house.browser.shoot(page, "place-form");
    await place.getByLabel("Latitude").fill("53.5436, 9.9678");
    assert.equal(await place.getByLabel("Longitude").inputValue(), "9.9678", "both were pasted at once");
    await place.getByRole("button", { name: "Add" }).click();
    await page.getByRole("button", { name: "Add to the reply" }).click();
    await page.getByRole("menuitem", { name: "Contact" }).click();
    const person = page.getByRole("dialog", { name: "Contact" });
    await person.getByLabel("Name").fill("김민지");
    await person.getByLabel("Phone").fill("+82 10 1234 5678");
    await person.getByRole("button", { name: "Add" }).click();
    await house.ana.reply("Hier treffen wir uns");
    await house.tom.chat.getByText("Café am Fluss ☕").waitFor();
    await house.tom.chat.getByRole("link", { name: "Auf der Karte ansehen" }).waitFor();
    await house.tom.chat.getByRole("link", { name: "+82 10 1234 5678" }).waitFor();
    await house.ana.log.locator(".extra").filter({ hasText: "김민지" }).waitFor();
    await house.browser.shoot(page, "place-and-contact");
    await axe(house.tom.page, "a place in the chat");
    await house.browser.shoot(house.tom.page, "place-in-chat");
  });

  story.step("reload-keeps", ["answer"], async () => {
    const before = house.ana.conversation;
    await house.ana.composer.fill("Ein halber Sa");
    await house.ana.page.reload();
    await house.ana.composer.waitFor();
    assert.equal(house.ana.conversation, before, "the same task is open");
    assert.equal(await house.ana.composer.inputValue(), "Ein halber Sa", "the draft is there");
    await house.ana.composer.fill("");
  });

  story.step("live-agent-changes-nothing", ["answer"], async () => {
    const id = house.ana.conversation;
    await house.tom.say("live agent");
    await house.ana.sees("live agent");
    const { holder } = await house.ana.api("GET", `/conversations/${id}`);
    assert.equal(holder, "task");
    assert.equal(await house.ben.offers.count(), 0);
  });

  story.step("transfer", ["answer"], async () => {
    const id = house.ana.conversation;
    await house.ana.transfer("Ben", "Bitte übernehmen");
    await house.ben.accept();
    assert.equal(house.ben.conversation, id, "it is the same conversation");
    await house.ben.page.getByText("Bitte übernehmen").first().waitFor();
    await house.ben.reply("Ben hier, ich übernehme");
    await house.tom.sees("Ben hier, ich übernehme");
    await never("the note of the transfer reaches the customer", async () => (await house.tom.log.textContent()).includes("Bitte übernehmen"), { during: 1_000 });
    house.tomsConversation = id;
  });

  story.step("wrap-up", ["transfer"], async () => {
    await house.ben.composer.blur();
    await house.ben.page.getByRole("button", { name: "Complete" }).first().click();
    await house.ben.wrap.waitFor();
    await axe(house.ben.page, "wrap-up");
    await house.tom.say("Noch eine Frage");
    await house.ben.sees("Noch eine Frage");
    assert.equal(await house.ana.offers.count(), 0, "during wrap-up it stays with the same agent");
    await house.ben.complete({ note: "Kessel tropft" });
    await until("the conversation is closed", async () => (await house.ben.api("GET", `/conversations/${house.tomsConversation}`)).state === "closed");
  });

  story.step("next-conversation", ["wrap-up"], async () => {
    const answer = await house.tom.ask("Hallo, ich bin es wieder");
    assert.ok(answer.length > 0, "the flow runs again");
    const { items } = await house.supervisor.api("GET", "/conversations?state=open");
    assert.ok(items.every((one) => one.id !== house.tomsConversation), "it is a new conversation");
  });

  story.step("requeue", ["next-conversation"], async () => {
    await house.tom.say("live agent");
    // The language is known from before: nobody asks again.
    await house.ana.accept();
    const task = (await house.supervisor.api("GET", `/conversations/${house.ana.conversation}`)).task;
    await house.supervisor.api("POST", `/tasks/${task.id}/requeue`);
    await house.ana.composer.waitFor({ state: "detached" });
    await house.ana.accept();
    await house.ana.complete();
  });

  story.step("second-browser", ["sign-in"], async () => {
    const laptop = await Visitor.arrive(house.browser, house.seaway, { name: "laptop" });
    await laptop.signIn("Mia");
    await laptop.ask("live agent");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    const held = agent.conversation;
    const phone = await Visitor.arrive(house.browser, house.seaway, { name: "second browser" });
    await phone.signIn("Mia");
    await phone.say("Now from my phone");
    await agent.sees("Now from my phone");
    await agent.reply("Hello on your phone");
    await phone.sees("Hello on your phone");
    await laptop.say("Back at the laptop");
    await agent.sees("Back at the laptop");
    await agent.reply("Welcome back");
    await laptop.sees("Welcome back");
    assert.equal(agent.conversation, held, "it is one conversation, and nobody else was asked");
    assert.equal(await phone.theirs.filter({ hasText: "Welcome back" }).count(), 0, "an answer goes where the customer wrote last");
    await agent.complete();
    await laptop.leave();
    await phone.leave();
  });
}

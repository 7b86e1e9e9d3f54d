// Every channel's app on the phone and the desk beside it: what the customer does there is seen here, and the other way round.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { axe } from "../lib/axe.mjs";
import { App } from "../lib/app.mjs";
import { control } from "../lib/control.mjs";
import { ROOT } from "../lib/modules.mjs";
import { until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

/** As much of a PDF as its kind is told by. */
const PAPER = Buffer.from("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF");
const STICKER = readFileSync(join(ROOT, "crates/emulators/pages/phone/stickers/cup.webp"));
const PICTURE = readFileSync(join(ROOT, "crates/emulators/pages/phone/stickers/cup.png"));

/** The apps of the phone, with the mark the desk shows, and what the customer can do there. */
const APPS = {
  Messenger: { kind: "messenger", cards: "shown", edits: true, reacts: true, stickers: true },
  Instagram: { kind: "instagram", cards: "shown", edits: true, reacts: true, stickers: false },
  WhatsApp: { kind: "whatsapp", cards: "shown", preview: [".card:has-text('Blue cup')", "Details: https://", "Leaves as 3 messages"], edits: false, reacts: true, stickers: true, gives: "file" },
  LINE: { kind: "line", cards: "shown", chips: true, stickers: true, unsends: true, gives: "drawer" },
  "Business Messages": { kind: "gbm", cards: "shown", chips: true, pictures: true },
  "Coffee Club": { kind: "custom", cards: "shown", preview: [".card:has-text('Blue cup')", "Details", "Leaves as 1 message"], buttons: true, edits: true, reacts: true, stickers: true, pictures: true, unsends: true },
  Mail: { kind: "email", cards: "written", preview: [".bub:has-text('2. Order')", "Details: https://", "Leaves as 1 message"], mails: true, pictures: true },
  Discord: { kind: "discord", cards: "shown", tickets: true, buttons: true, edits: true, reacts: true, stickers: true, gives: "number" },
};

/** Two cups side by side, one of them with a picture. */
async function cups(agent) {
  const picture = await agent.upload("cup.png", PICTURE);
  const link = { label: "Details", url: "https://tidewater.example/cups/blue" };
  return [
    { title: "Blue cup", text: "0.3 litres, glazed by hand in Emden", image: { attachment_id: picture }, buttons: [{ label: "Order", reply: "Order the blue cup" }, link] },
    { title: "White cup", text: "0.5 litres", buttons: [{ label: "Order", reply: "Order the white cup" }] },
  ];
}

/** A sticker of ours: chosen by key from the drawer, attached as a file, or by its number, as the channel has them. */
async function given(house, agent, can) {
  const { app } = house;
  const { page } = agent;
  const drawn = (picture) => until("the sticker is drawn", () => picture.evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
  await agent.front();
  if (can.gives === "drawer") {
    await agent.composer.fill("Half a sen");
    await page.getByRole("button", { name: "Stickers" }).click();
    const drawer = page.getByRole("dialog", { name: "Stickers" });
    await drawn(drawer.getByRole("option").last().locator("img"));
    await axe(page, "the drawer of stickers");
    await house.browser.shoot(page, `stickers-${can.kind}`);
    await page.emulateMedia({ colorScheme: "dark" });
    await axe(page, "the drawer of stickers in the dark");
    await house.browser.shoot(page, `stickers-${can.kind}-dark`);
    await page.emulateMedia({ colorScheme: null });
    await drawer.getByRole("tab", { name: "Moon: Special Edition", exact: true }).click();
    await drawer.getByRole("option", { name: "Moon: Special Edition 1", exact: true }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await drawer.waitFor({ state: "detached" });
    assert.equal(await agent.composer.inputValue(), "Half a sen", "what was being written stays");
    await agent.composer.fill("");
    await drawn(agent.log.getByRole("img", { name: "Moon: Special Edition 7" }));
  } else if (can.gives === "file") {
    await page.locator(".c-bot input[type=file]").setInputFiles({ name: "cup.webp", mimeType: "image/webp", buffer: STICKER });
    await page.getByRole("button", { name: "Remove cup.webp" }).waitFor();
    await agent.composer.focus();
    await page.keyboard.press("Control+Enter");
    await drawn(agent.log.locator(".msg.out .pic.sticker img").last());
  } else {
    await agent.api("POST", `/conversations/${agent.conversation}/messages`, { client_id: `sticker-${can.kind}`, sticker: { id: "751606379340365835", name: "wave" } });
    await drawn(agent.log.getByRole("img", { name: "wave" }));
  }
  await house.browser.shoot(page, `desk-sticker-${can.kind}`);
  await app.page.bringToFront();
  const there = app.view.locator("#talk .row:not(.mine) .sticker").last();
  await drawn(there);
  // The talk is drawn anew with each receipt: what is looked for and scrolled to in two steps may be gone between them.
  await there.evaluate((sticker) => sticker.scrollIntoView({ block: "nearest" }));
  await house.browser.shoot(app.page, `app-sticker-${can.kind}`);
}

/** The same cups, with the picture as a file, and what a tap comes back as left to the desk. */
const BY_HAND = [
  { title: "Blue cup", text: "0.3 litres, glazed by hand in Emden", picture: PICTURE, buttons: [{ label: "Order" }, { label: "Details", url: "https://tidewater.example/cups/blue" }] },
  { title: "White cup", text: "0.5 litres", buttons: [{ label: "Order", reply: "Order the white cup" }] },
];

/** Writes the cups as an agent does, on a channel whose preview is known: what is drawn, what is written out, and as how many messages it leaves. */
async function byHand(house, agent, { kind, preview: [drawn, written, leaves] }) {
  const editor = await agent.writeCards("Which cup?", BY_HAND);
  const preview = editor.getByRole("region", { name: "Preview" });
  await preview.locator(drawn).first().waitFor();
  await preview.getByText(written).first().waitFor();
  await preview.getByRole("status").filter({ hasText: leaves }).waitFor();
  await house.browser.shoot(agent.page, `card-editor-${kind}`);
  await editor.getByRole("button", { name: /^Send/ }).click();
  await editor.waitFor({ state: "detached" });
}

/** The agent sees the cards as sent, and the tap as what it means. */
async function ordered(agent, tapped) {
  await agent.front();
  await agent.log.locator(".card").filter({ hasText: "White cup" }).waitFor();
  const picture = agent.log.locator(".card .pic img");
  await until("the desk shows the card's picture", () => picture.evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
  const said = async () => (await agent.messages()).findLast((message) => message.direction === "in");
  await until(`the tap is heard as “${tapped}”`, async () => [(await said())?.text, (await said())?.choice].includes(tapped));
}

/** Asks for a person. Whoever told their language before, on this channel or on another of theirs, is not asked for it again. */
export async function wantAgent(house, can) {
  const before = await house.app.theirs.count();
  if (can.mails) await house.app.mail("My order", "a live agent, please");
  else await house.app.say("a live agent, please");
  const asked = () => house.app.theirs.nth(before).filter({ hasText: "language" }).count();
  const offered = async () => (await house.ana.offers.count()) + (await house.ben.offers.count());
  await until("the flow asks, or somebody is offered the customer", async () => (await asked()) || (await offered()));
  if (!(await offered())) {
    // Where the channel draws what one can choose, it is tapped.
    if (can.chips) await house.app.chip("English");
    else if (can.buttons) await house.app.tap("English");
    else await house.app.say("English");
  }
  const [agent] = await eitherAgent(house);
  return agent;
}

export function channels(story, house) {
  story.step("messenger-beside-webchat", ["sign-in"], async () => {
    house.app = await App.open(await house.browser.person("apps"), house.seaway);
    await house.app.choose("Messenger");
    await house.app.hold("Tom");
    await house.app.say("live agent please");
    await house.app.sees("language");
    await house.app.say("English");
    const visitor = await Visitor.arrive(house.browser, house.seaway, { language: "en" });
    await visitor.wantAgent("live agent", "English");
    // One agent has both side by side; whoever is offered the second one may be the other agent.
    const taken = [];
    for (let n = 0; n < 2; n += 1) {
      const [agent] = await eitherAgent(house);
      await agent.accept();
      taken.push({ agent, conversation: agent.conversation });
    }
    const kinds = [];
    for (const { agent, conversation } of taken) {
      const { channel } = await agent.api("GET", `/conversations/${conversation}`);
      kinds.push(channel.kind);
      await agent.goto(`/desk/${conversation}`);
      await agent.composer.waitFor();
      await agent.reply(`An answer on ${channel.kind}`);
    }
    assert.deepEqual(kinds.toSorted(), ["messenger", "webchat"], "both waited together, and both are taken");
    await house.app.sees("An answer on messenger");
    await visitor.sees("An answer on webchat");
    await house.browser.shoot(taken[0].agent.page, "side-by-side");
    for (const { agent, conversation } of taken) {
      await agent.goto(`/desk/${conversation}`);
      await agent.composer.waitFor();
      await agent.complete();
    }
    await visitor.leave();
  });

  story.step("webchat-cards", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway, { language: "en" });
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await agent.cards("Which cup?", await cups(agent));
    const card = visitor.chat.getByRole("listitem").filter({ hasText: "Blue cup" });
    await card.waitFor();
    await until("the picture is shown", () => card.locator("img").evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
    assert.equal(await card.getByRole("link", { name: /^Details/ }).getAttribute("href"), "https://tidewater.example/cups/blue");
    await axe(visitor.page, "cards in the chat");
    await house.browser.shoot(visitor.page, "cards-webchat");
    await visitor.chat.getByRole("button", { name: "Order: White cup" }).click();
    await visitor.mine.filter({ hasText: "Order the white cup" }).waitFor();
    await ordered(agent, "Order the white cup");
    await axe(agent.page, "cards in the desk");
    await house.browser.shoot(agent.page, "desk-cards-webchat");
    await agent.complete();
    await visitor.leave();
  });

  story.step("cards-by-hand", ["sign-in"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway, { language: "en" });
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    let editor = await agent.writeCards("Which cup, by hand?", BY_HAND);
    const preview = editor.getByRole("region", { name: "Preview" });
    await preview.locator(".card").filter({ hasText: "White cup" }).waitFor();
    await axe(agent.page, "the card editor");
    await house.browser.shoot(agent.page, "card-editor-webchat");
    await agent.page.keyboard.press("Escape");
    await editor.waitFor({ state: "detached" });

    // The draft outlives the page, and is nothing the customer has seen.
    await agent.page.reload();
    await agent.composer.waitFor();
    assert.equal(await agent.composer.inputValue(), "Which cup, by hand?");
    const chip = agent.page.getByRole("list", { name: "Cards of this message" });
    await chip.getByText("2 cards").waitFor();
    assert.ok(!(await visitor.log.textContent()).includes("Blue cup"));

    // By key alone: the second card's button loses its words, is missed, and gets them back.
    await chip.getByRole("button", { name: "Edit the cards" }).focus();
    await agent.page.keyboard.press("Enter");
    editor = agent.cardEditor;
    await editor.getByRole("button", { name: /^2 ?White cup/ }).press("Enter");
    const label = editor.getByLabel("Button 1", { exact: true });
    await label.fill("");
    await editor.getByRole("button", { name: /^1 ?Blue cup/ }).press("Enter");
    await agent.page.keyboard.press("Control+Enter");
    await editor.getByText("Write what stands on the button").waitFor();
    await until("the field that is wrong has the focus", () => label.evaluate((field) => field === document.activeElement));
    await agent.page.keyboard.type("Order");
    await agent.page.keyboard.press("Control+Enter");
    await editor.waitFor({ state: "detached" });
    await chip.waitFor({ state: "detached" });

    const card = visitor.chat.getByRole("listitem").filter({ hasText: "Blue cup" });
    await card.waitFor();
    await until("the picture is shown", () => card.locator("img").evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
    await visitor.sees("Which cup, by hand?");
    await visitor.chat.getByRole("button", { name: "Order: Blue cup" }).click();
    await visitor.mine.filter({ hasText: "Order Blue cup" }).waitFor();
    await ordered(agent, "Order Blue cup");
    assert.equal((await agent.messages()).filter((message) => message.cards.length > 0).length, 1, "sent once");
    await agent.complete();
    await visitor.leave();
  });

  for (const [name, can] of Object.entries(APPS)) {
    story.step(`app-${can.kind}`, ["messenger-beside-webchat"], async () => {
      const { app } = house;
      await app.choose(name);
      await app.hold("Tom");
      if (can.tickets) await app.ticket("help");
      const agent = await wantAgent(house, can);
      await agent.accept();
      const { channel } = await agent.api("GET", `/conversations/${agent.conversation}`);
      assert.equal(channel.kind, can.kind);
      await agent.reply(`Hello on ${name}`);
      await app.sees(`Hello on ${name}`);
      if (can.cards) {
        if (can.preview) await byHand(house, agent, can);
        else await agent.cards("Which cup?", await cups(agent));
        await app.sees("White cup");
        const shown = can.cards === "shown" ? app.view.locator("#talk .card img, #talk .photo img").last() : null;
        if (shown) await until(`${name} shows the card's picture`, () => shown.evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
        await house.browser.shoot(app.page, `cards-${can.kind}`);
        if (shown) await app.tapCard("White cup", "Order");
        else await app.say("2");
        await ordered(agent, can.cards === "shown" ? "Order the white cup" : "2");
        await house.browser.shoot(agent.page, `desk-cards-${can.kind}`);
      }
      if (can.edits) {
        await app.say("the blue one");
        await agent.sees("the blue one");
        await app.menu("the blue one", /^Edit/);
        await app.view.locator("#app-text").fill("the green one");
        await app.view.locator("#app-go").click();
        await agent.front();
        await agent.sees("the green one");
        await agent.log.getByRole("button", { name: "edited" }).last().waitFor();
      }
      if (can.reacts) {
        await app.menu(`Hello on ${name}`, /❤/);
        await agent.front();
        await agent.log.locator(".reaction").filter({ hasText: "❤" }).first().waitFor();
      }
      if (can.stickers) {
        await app.sticker();
        await agent.front();
        await agent.log.locator(".pic.sticker").first().waitFor();
      }
      if (can.gives) await given(house, agent, can);
      if (can.pictures) {
        await app.picture("beans.png", PICTURE);
        await agent.front();
        await agent.log.locator(".msg.in .pic").first().waitFor();
      }
      if (can.unsends) {
        await app.say("wrong talk, sorry");
        await agent.sees("wrong talk, sorry");
        await app.menu("wrong talk, sorry", /^Unsend/);
        await agent.front();
        await agent.log.getByText("wrong talk, sorry").waitFor({ state: "detached" });
      }
      await until(`${name} has it`, async () => ["sent", "delivered", "read"].includes(await agent.stateOf(`Hello on ${name}`)));
      await house.browser.shoot(agent.page, `desk-${can.kind}`);
      await app.page.bringToFront();
      await house.browser.shoot(app.page, `app-${can.kind}`);
      await agent.complete();
    });
  }

  // A platform of one's own can do whatever the contract has a word for: what no other app does at once, both ways.
  story.step("custom-both-ways", ["app-custom"], async () => {
    const { app } = house;
    const { items } = await house.admin.api("GET", "/channel-accounts");
    const account = items.find(({ kind }) => kind === "custom");
    await house.admin.visit(`/admin/channels/${account.id}`);
    const doctor = house.admin.page.getByRole("complementary", { name: "Channel doctor" });
    await doctor.locator("li.ok").filter({ hasText: "Answer of the platform" }).waitFor();
    assert.equal(await doctor.locator("li.bad, li.warn").count(), 0, "the doctor finds it well");
    await house.browser.shoot(house.admin.page, "doctor-custom");

    await app.choose("Coffee Club");
    await app.hold("Tom");
    await app.shortcut("Live agent");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    assert.equal((await agent.messages()).findLast((message) => message.direction === "in").choice, "person", "a shortcut says what it carries");

    // Each sees the other write. Both look on while it happens: the sign lives for seconds.
    const writes = agent.log.getByRole("img", { name: /is typing$/ }).waitFor();
    await app.view.locator("#app-text").fill("is the ket");
    await writes;
    const answers = app.view.locator("#talk .dots").waitFor();
    await agent.composer.fill("Which");
    await answers;
    await app.say("is the kettle in stock?");
    await agent.sees("is the kettle in stock?");

    // Each answers and marks what the other said, and sees that it was read.
    const theirs = agent.log.locator(".msg.in").filter({ hasText: "is the kettle in stock?" }).last();
    await theirs.hover();
    await theirs.getByRole("button", { name: "React" }).click();
    await agent.page.getByRole("dialog", { name: "React" }).getByRole("button", { name: "👍" }).click();
    await app.row("is the kettle in stock?").locator(".reactions").filter({ hasText: "👍" }).waitFor();
    await theirs.hover();
    await theirs.getByRole("button", { name: "Answer this message" }).click();
    await agent.reply("Which one, the small one?");
    await app.row("Which one, the small one?").locator(".quote").filter({ hasText: "is the kettle" }).waitFor();
    assert.match(await app.row("Which one, the small one?").locator(".speaker").textContent(), /^(Ana|Ben)/, "the app says who speaks");
    await app.view.locator("#talk .row.mine .mark.seen").last().waitFor();
    await app.menu("Which one, the small one?", /^Reply/);
    await app.say("yes, that one");
    await agent.front();
    await agent.log.locator(".msg.in").filter({ hasText: "yes, that one" }).locator(".quoted").waitFor();
    await until("the answer is read", async () => (await agent.stateOf("Which one, the small one?")) === "read");

    // A picture and a file each way.
    const picker = agent.page.locator(".composer input[type=file]");
    await picker.setInputFiles([{ name: "kettle.png", mimeType: "image/png", buffer: PICTURE }, { name: "manual.pdf", mimeType: "application/pdf", buffer: PAPER }]);
    await agent.page.getByRole("button", { name: "Remove manual.pdf" }).waitFor();
    await agent.page.getByRole("button", { name: "Remove kettle.png" }).waitFor();
    await agent.reply("Here it is");
    const came = app.row("Here it is");
    await until("the picture came", () => came.locator(".photo img").evaluate((image) => image.complete && image.naturalWidth > 0).catch(() => false));
    await came.locator(".file").filter({ hasText: "manual.pdf" }).waitFor();
    await app.file("receipt.pdf", "application/pdf", PAPER);
    await agent.front();
    await agent.log.locator(".msg.in a.file").filter({ hasText: "receipt.pdf" }).waitFor();
    await house.browser.shoot(agent.page, "desk-custom-both-ways");
    await app.page.bringToFront();
    for (const colorScheme of ["light", "dark"]) {
      await app.page.emulateMedia({ colorScheme });
      await axe(app.page, `the club's app in ${colorScheme}`);
      await house.browser.shoot(app.page, `app-custom-both-ways-${colorScheme}`);
    }
    await app.page.emulateMedia({ colorScheme: null });

    // What the platform could not deliver says why, and can be sent again.
    await control(house.seaway, "platform", "PUT", "/accounts/tidewater/faults", { fail_code: 7 });
    await agent.reply("This one is lost");
    await until("it failed", async () => (await agent.stateOf("This one is lost")) === "failed");
    await agent.log.locator(".msg.out").filter({ hasText: "This one is lost" }).getByText("it could not be delivered", { exact: false }).waitFor();
    await control(house.seaway, "platform", "PUT", "/accounts/tidewater/faults", {});

    // Whoever wants to hear no more is left alone until they come back.
    await app.page.bringToFront();
    await app.view.getByRole("button", { name: "Stop messages from Tidewater" }).click();
    await agent.front();
    await agent.page.locator(".evidence").getByText("until they come back on the channel", { exact: false }).waitFor();
    await agent.page.getByRole("group", { name: "Reply or note" }).getByRole("button", { name: "Reply" }).click();
    await agent.page.getByText("you can answer once they allow it again there", { exact: false }).waitFor();
    await house.browser.shoot(agent.page, "opted-out-custom");
    await app.page.bringToFront();
    await house.browser.shoot(app.page, "app-custom-stopped");
    await app.view.getByRole("button", { name: "Let messages from Tidewater come again" }).click();
    await agent.front();
    await agent.composer.waitFor();
    await agent.reply("Welcome back");
    await app.sees("Welcome back");
    await agent.complete();
  });

  story.step("goes-on-by-mail", ["app-email"], async () => {
    const visitor = await Visitor.arrive(house.browser, house.seaway, { name: "writer" });
    await visitor.ask("I have to go, please mail me at mia.hoffmann@mail.example");
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await agent.page.getByRole("button", { name: /^Send on Webchat .*, change channel$/ }).click();
    const dialog = agent.page.getByRole("dialog", { name: "Continue on another channel" });
    await dialog.getByRole("radio", { name: /mia\.hoffmann@mail\.example/ }).check();
    await dialog.getByLabel("Subject of the first letter").fill("Your kettle: 커피 & Größe");
    await dialog.getByText("asked to be written to there").click();
    await house.browser.shoot(agent.page, "channel-options-mail");
    await dialog.getByRole("button", { name: "Continue on Email" }).click();
    await dialog.waitFor({ state: "hidden" });
    await agent.reply("Here we go on by mail");
    await house.app.choose("Mail");
    await house.app.hold("Mia");
    await house.app.enter("Your kettle: 커피 & Größe");
    await house.app.sees("Here we go on by mail");
    await house.app.say("Thank you, that is easier");
    await agent.front();
    await agent.sees("Thank you, that is easier");
    const subject = "Your kettle: 커피 & Größe";
    await agent.page.locator(".conv > .head").getByTitle(subject).waitFor();
    await agent.page.getByRole("region", { name: "My tasks" }).getByTitle(subject).waitFor();
    await agent.complete();
    await visitor.leave();
  });
}

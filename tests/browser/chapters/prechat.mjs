// The form before the first message, from the admin's page with its preview to the agent who reads it; and the snippet's sightings.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

export function prechat(story, house) {
  story.step("form-made", ["sign-in"], async () => {
    const admin = house.admin;
    const { items } = await admin.api("GET", "/channel-accounts");
    house.webchat = items.find((one) => one.kind === "webchat");
    const before = await talks(admin);
    await admin.goto(`/admin/channels/${house.webchat.id}`);
    const page = admin.page;
    await page.getByText("Seen on", { exact: false }).waitFor();
    await page.getByText("Ask before the first message", { exact: true }).click();
    for (const type of ["Name", "Email", "Choice", "Consent"]) await page.getByRole("group", { name: "Add a field" }).getByRole("button", { name: type, exact: true }).click();
    await page.getByLabel("Answers (English)").fill("My order\nSomething else");
    await page.getByLabel("Greeting, English").fill("Hello from the preview");
    const preview = page.frameLocator("iframe[title=Preview]").frameLocator("seaway-webchat iframe");
    await preview.getByText("Hello from the preview").waitFor();
    await preview.getByRole("button", { name: "Start the chat" }).click();
    await preview.getByText("3 answers need another look").waitFor();
    await preview.getByLabel("Your name").fill("Nobody");
    await preview.getByLabel("Email address").fill("nobody@example.test");
    await preview.getByLabel("What is it about?").selectOption("My order");
    await preview.getByRole("checkbox").check();
    await preview.getByRole("button", { name: "Start the chat" }).click();
    await preview.getByLabel("Message", { exact: true }).fill("Is anybody there?");
    await preview.getByLabel("Message", { exact: true }).press("Enter");
    await preview.getByRole("log").getByText("This is a preview.", { exact: false }).waitFor();
    assert.equal(await talks(admin), before, "a preview makes no conversation");
    await page.locator(".preview").scrollIntoViewIfNeeded();
    await house.browser.shoot(page, "form-admin");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await until("the form is kept", async () => (await admin.api("GET", `/channel-accounts/${house.webchat.id}`)).settings.prechat === true);
  });

  story.step("form-filled", ["form-made"], async () => {
    const visitor = await arrive(house, "former");
    const { chat } = visitor;
    await axe(visitor.page, "a shop with the form");
    await chat.getByLabel("Email address").fill("mira at home");
    await chat.getByRole("button", { name: "Start the chat" }).press("Enter");
    await chat.getByText("3 answers need another look").waitFor();
    assert.equal(await chat.getByLabel("Your name").evaluate((field) => field === document.activeElement), true, "the first field that is wrong has the focus");
    await house.browser.shoot(visitor.page, "form-wrong");
    await chat.getByLabel("Your name").fill("Mira Prechat");
    // A dead line and a reload lose nothing of what was typed.
    await house.browser.tolerate(/ERR_INTERNET_DISCONNECTED/, async () => {
      await visitor.context.setOffline(true);
      await chat.getByLabel("Email address").fill("Mira@Example.test");
      await chat.getByRole("checkbox").check();
      await chat.getByRole("button", { name: "Start the chat" }).click();
      await chat.getByText("What you typed is kept", { exact: false }).waitFor();
      await visitor.context.setOffline(false);
    });
    await visitor.page.reload();
    await until("the name is still there", async () => (await chat.getByLabel("Your name").inputValue()) === "Mira Prechat");
    await chat.getByLabel("What is it about?").selectOption("My order");
    await chat.getByRole("button", { name: "Start the chat" }).click();
    await visitor.field.waitFor();
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    // What the bot answered is folded, and the form came with its first message.
    await agent.page.getByText(/^Tidewater answered/).click();
    await agent.page.getByText("Filled in before the chat").waitFor();
    await agent.page.getByText("Agreed", { exact: true }).waitFor();
    await house.browser.shoot(agent.page, "form-agent");
    const { contact } = await agent.api("GET", `/conversations/${agent.conversation}`);
    assert.equal(contact.name, "Mira Prechat");
    const person = await agent.api("GET", `/contacts/${contact.person_id}`);
    const email = person.facts.find((fact) => fact.key === "email");
    assert.deepEqual([email?.value, email?.verified], ["mira@example.test", false]);
    assert.ok(!person.addresses.some((address) => address.channel === "email"), "typed is not proven");
    await agent.complete();
    await visitor.leave();
  });

  story.step("form-over", ["form-made"], async () => {
    const visitor = await arrive(house, "dark", { language: "de", colorScheme: "dark" });
    await visitor.chat.getByText("Bevor es losgeht").waitFor();
    await house.browser.shoot(visitor.page, "form-de-dark");
    const held = await house.admin.api("GET", `/channel-accounts/${house.webchat.id}`);
    await house.admin.api("PATCH", `/channel-accounts/${house.webchat.id}`, { settings: { prechat: false, greeting_en: house.webchat.settings.greeting_en }, version: held.version });
    await visitor.page.reload();
    await visitor.field.waitFor();
    await visitor.leave();
    await house.admin.goto("/desk");
  });
}

async function talks(admin) {
  return (await admin.api("GET", "/conversations?limit=100")).items.length;
}

/** Opens the chat and comes as far as its form. */
async function arrive(house, name, { language = "en", ...options } = {}) {
  const locale = { en: "en-GB", de: "de-DE", ko: "ko-KR" }[language];
  const context = await house.browser.person(name, { locale, ...options });
  const page = await context.newPage();
  await page.goto(house.seaway.url("shop", `/?lang=${language}`));
  const visitor = new Visitor(context, page);
  await visitor.launcher.click();
  await visitor.chat.locator(".form form").waitFor();
  return visitor;
}

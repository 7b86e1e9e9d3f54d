// Delivered means that a device said so; read means that somebody could see it. Cut off or hidden, neither is claimed.
import assert from "node:assert/strict";
import { Desk } from "../lib/desk.mjs";
import { never, until } from "../lib/wait.mjs";
import { PlainChromium } from "../lib/plain.mjs";
import { Visitor, withoutAcknowledgements } from "../lib/visitor.mjs";
import { eitherAgent } from "./offers.mjs";

export function receipts(story, house) {
  story.step("acknowledgements-cut", ["sign-in"], async () => {
    const visitor = await house.browser.tolerate(/\/ack|ERR_FAILED/, () => Visitor.arrive(house.browser, house.seaway, { prepare: withoutAcknowledgements }));
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await house.browser.tolerate(/\/ack|ERR_FAILED/, async () => {
      await agent.reply("Can you see this?");
      await visitor.sees("Can you see this?");
      await until("it is sent", async () => (await agent.stateOf("Can you see this?")) === "sent");
      await never("more than sent is claimed", async () => (await agent.stateOf("Can you see this?")) !== "sent", { during: 4_000 });
    });
    await agent.complete();
    await visitor.leave();
  });

  story.step("hidden-chat", ["sign-in"], async () => {
    await PlainChromium.use(async (plain) => {
      const tab = await plain.open(house.seaway.url("shop", "/?lang=en"));
      await tab.until("the launcher is there", "!!document.querySelector('seaway-webchat')?.shadowRoot.querySelector('button.launcher')");
      await tab.evaluate("document.querySelector('seaway-webchat').shadowRoot.querySelector('button.launcher').click()");
      const frame = await tab.frame("/frame");
      const say = async (text) => {
        await frame.type("textarea", text);
        await frame.evaluate("document.querySelector('form.composer').requestSubmit()");
        await frame.until(`“${text}” is in the log`, `document.querySelector('.log').textContent.includes(${JSON.stringify(text)})`);
      };
      await frame.until("the chat is ready", "document.querySelector('.log')?.getAttribute('aria-busy') !== 'true'");
      await say("live agent");
      await frame.until("the flow asks", "document.querySelectorAll('.log article:not(.me)').length > 0");
      await say("English");
      const [agent] = await eitherAgent(house);
      await agent.accept();
      await tab.hide();
      await agent.reply("Are you still there?");
      await until("it is delivered to the hidden tab", async () => (await agent.stateOf("Are you still there?")) === "delivered");
      await never("a hidden tab has read it", async () => (await agent.stateOf("Are you still there?")) === "read", { during: 4_000 });
      await tab.show();
      await until("seen at last, it is read", async () => (await agent.stateOf("Are you still there?")) === "read");
      await agent.complete();
    });
  });

  story.step("hidden-desk", ["sign-in"], async () => {
    await PlainChromium.use(async (plain) => {
      // The link of the try page is good once: it is taken from the page and not followed there.
      await house.tryPage.reload();
      const link = await house.tryPage.getByRole("link", { name: /Ben/ }).getAttribute("href");
      await house.ben.page.close();
      await house.ana.be("Away");
      const tab = await plain.open(new URL(link, house.tryPage.url()).href, { permissions: ["notifications"] });
      await tab.until("the desk is open", "!!document.querySelector('nav.rail')");
      await tab.evaluate(`(() => {
        window.notified = [];
        const Real = window.Notification;
        window.Notification = class extends Real { constructor(title, options) { super(title, options); window.notified.push(title); } };
      })()`);
      await tab.hide();
      const visitor = await Visitor.arrive(house.browser, house.seaway);
      await visitor.wantAgent("live agent", "English");
      await tab.until("the title tells", "/^Offer: |\\d/.test(document.title)");
      await tab.until("a desktop notification was shown", "window.notified.some((title) => /^Offer/.test(title))");
      await tab.show();
      await tab.press("1", "Digit1", { alt: true });
      await tab.until("the key accepted it", "/\\/desk\\/CH/.test(location.pathname)");
      const [, id] = (await tab.evaluate("location.pathname")).match(/\/desk\/(CH\w+)/);
      assert.equal((await house.supervisor.api("GET", `/conversations/${id}`)).worker.name.startsWith("Ben"), true);
      await house.supervisor.api("POST", `/conversations/${id}/close`, {});
      await house.ana.be("Available");
      await visitor.leave();
    });
    house.ben = await Desk.fromTry(house.tryPage, /Ben/, "Ben");
    await house.ben.be("Available");
  });
}

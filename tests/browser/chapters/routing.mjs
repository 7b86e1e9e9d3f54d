// A supervisor changes who gets what: tries it, publishes it, and the next task takes the new way.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { Text } from "../lib/phone.mjs";
import { never, until } from "../lib/wait.mjs";
import { eitherAgent } from "./offers.mjs";

/** So many wait at once. */
const WAITING = 50;

export function routing(story, house) {
  story.step("workflow-tried", ["sign-in"], async () => {
    const { admin } = house;
    const { items: workers } = await admin.api("GET", "/workers");
    const ben = workers.find(({ name }) => name.startsWith("Ben"));
    const queue = await admin.api("POST", "/task-queues", { name: "Ben alone", target_workers: `friendly_name == '${ben.name}'` });
    const { items: [before] } = await admin.api("GET", "/workflows");
    const rules = JSON.parse(before.configuration);
    rules.task_routing.filters.unshift({ filter_friendly_name: "Deutsch für Ben 🫖", expression: "language == 'de'", targets: [{ queue: queue.id, timeout: 60 }] });

    await admin.visit(`/admin/workflows/${before.id}`);
    const { page } = admin;
    const editor = page.getByRole("textbox", { name: "Configuration" });
    await page.getByRole("button", { name: "Add a filter" }).click();
    await page.getByRole("textbox", { name: "Name of the filter" }).fill("Deutsch für Ben 🫖");
    await page.getByRole("textbox", { name: "Which tasks" }).fill("language == 'de'");
    const first = page.getByRole("group", { name: "Place 1" });
    await first.getByRole("button", { name: "Waits in" }).click();
    await page.getByRole("option", { name: "Ben alone" }).click();
    const seconds = first.getByRole("textbox", { name: "For how long" });
    await seconds.fill("60");
    const up = page.getByRole("button", { name: "Move Deutsch für Ben 🫖 up" });
    while (await up.isEnabled()) await up.click();
    const inJson = async () => JSON.parse(await editor.inputValue());
    assert.deepEqual(await inJson(), rules, "the JSON beside the form says the same");
    await axe(page, "a workflow's form");
    await house.browser.shoot(page, "workflow-form");
    const whole = await editor.inputValue();
    await editor.fill(whole.slice(0, -1));
    await page.getByText("The form waits until it is mended").waitFor();
    await editor.fill(whole.replace('"timeout": 60', '"timeout": 90'));
    await until("the form follows the JSON", async () => (await seconds.inputValue()) === "90");
    await page.getByRole("button", { name: "Try it out" }).click();
    const dialog = page.getByRole("dialog", { name: "Which agent would get this?" });
    const carried = dialog.getByLabel("What the task carries (JSON)");
    await carried.fill("{ language: de }");
    await house.browser.tolerate(/422/, async () => {
      await dialog.getByRole("button", { name: "Try it", exact: true }).click();
      await until("what is wrong stands at the field", () => carried.evaluate((area) => area.getAttribute("aria-invalid") === "true"));
    });
    await carried.fill('{ "language": "de" }');
    await dialog.getByRole("button", { name: "Try it", exact: true }).click();
    await dialog.getByText(`${ben.name} would get it at once.`).waitFor();
    await dialog.getByText("Came to Ben alone").waitFor();
    await axe(page, "a workflow being tried");
    await house.browser.shoot(page, "workflow-tried");
    assert.equal((await admin.api("GET", "/workflows")).items[0].configuration, before.configuration, "trying saves nothing");
    assert.equal(await house.ben.offers.count(), 0, "and rings at nobody's desk");

    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("button", { name: "Save" }).click();
    const saved = await until("it is published", async () => (await admin.api("GET", "/workflows")).items.find(({ id, version }) => id === before.id && version > before.version));
    // Ben speaks no German; the rule sends it to him all the same.
    const visitor = await Visitor.arrive(house.browser, house.seaway, { language: "de" });
    await visitor.wantAgent("Live-Agent bitte", "Deutsch");
    const offer = await house.ben.offered();
    assert.match(await offer.locator(".why").textContent(), /Deutsch für Ben 🫖/, "the offer says by which rule it came");
    assert.equal(await house.ana.offers.count(), 0);
    await house.ben.accept();
    await house.ben.complete();
    await visitor.leave();
    await admin.api("PATCH", `/workflows/${before.id}`, { configuration: before.configuration, version: saved.version });
    await admin.api("DELETE", `/task-queues/${queue.id}?version=${queue.version}`);
  });
}

/** Last, for they leave other conversations open than those the story goes on with. */
export function queues(story, house) {
  story.step("queue-drains", ["sign-in"], async () => {
    const { admin, ana, ben } = house;
    const waits = async () => (await admin.api("GET", "/board")).totals.waiting;
    const people = Array.from({ length: WAITING }, (_, no) => `+1555019${String(no).padStart(4, "0")}`);
    const urgent = people.filter((_, no) => no % 10 === 7);
    const { items: [before] } = await admin.api("GET", "/workflows");
    const { items: workers } = await admin.api("GET", "/workers");
    const worker = workers.find(({ name }) => name === ana.name || name.startsWith("Ana"));
    const queue = await admin.api("POST", "/task-queues", { name: "Long", target_workers: `friendly_name == '${worker.name}'` });
    const among = urgent.map((number) => `'${number}'`).join(", ");
    const rules = JSON.parse(before.configuration);
    rules.task_routing.filters.unshift(
      { filter_friendly_name: "urgent", expression: `customerAddress IN [${among}]`, targets: [{ queue: queue.id, priority: 10 }] },
      { filter_friendly_name: "long", expression: "channelType == 'sms'", targets: [{ queue: queue.id }] },
    );
    const saved = await admin.api("PATCH", `/workflows/${before.id}`, { configuration: JSON.stringify(rules), version: before.version });
    const one = (channel) => (channel.channel === "sms" ? { ...channel, capacity: 1 } : channel);
    const plain = ({ channel, capacity, available }) => ({ channel, capacity, available });
    await admin.api("PATCH", `/workers/${worker.id}`, { channels: worker.channels.map(one).map(plain), version: worker.version });
    await ana.be("Away");
    await ben.be("Away");
    const waited = await waits();
    const phones = people.map((number) => new Text(house.seaway, number));
    await Promise.all(phones.map((phone) => phone.ask("LIVE_AGENT")));
    for (const [no, phone] of phones.entries()) {
      await phone.say("English");
      await until(`${no + 1} wait`, async () => (await waits()) === waited + no + 1);
    }
    await admin.visit("/board");
    await admin.page.getByText("Long", { exact: true }).first().waitFor();
    await house.browser.shoot(admin.page, "queue-of-fifty");

    // Those in a hurry first, and each of both as they came.
    const wanted = [...urgent, ...people.filter((number) => !urgent.includes(number))];
    const served = [];
    await ana.be("Available");
    while (served.length < WAITING) {
      await ana.accept();
      const { contact, task } = await ana.api("GET", `/conversations/${ana.conversation}`);
      const { addresses } = await ana.api("GET", `/contacts/${contact.person_id}`);
      served.push(addresses.find(({ channel }) => channel === "sms").value);
      assert.deepEqual(served, wanted.slice(0, served.length), "in the right order");
      assert.ok((await ana.offers.count()) === 0, "one at a time");
      await ana.api("POST", `/tasks/${task.id}/complete`, {});
    }
    assert.equal(await waits(), waited);
    await ben.be("Available");
    // What she set herself meanwhile made new versions.
    const now = await admin.api("GET", `/workers/${worker.id}`);
    await admin.api("PATCH", `/workers/${worker.id}`, { channels: worker.channels.map(plain), version: now.version });
    await admin.api("PATCH", `/workflows/${before.id}`, { configuration: before.configuration, version: saved.version });
    await admin.api("DELETE", `/task-queues/${queue.id}?version=${queue.version}`);
  });

  story.step("closed", ["sign-in"], async () => {
    const { admin } = house;
    const { page } = admin;
    const weekly = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => ({ day, from: "00:00", to: "24:00" }));
    const hours = await admin.api("POST", "/business-hours", { name: "Tidewater", time_zone: "Europe/Berlin", weekly });
    const { items: queues } = await admin.api("GET", "/task-queues");
    await admin.visit(`/admin/queues/${queues[0].id}`);
    await page.getByRole("button", { name: /Business hours/ }).click();
    await page.getByRole("option", { name: "Tidewater" }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await until("the queue has the hours", async () => (await admin.api("GET", `/task-queues/${queues[0].id}`)).business_hours_id === hours.id);
    for (const { id, version } of queues.slice(1)) await admin.api("PATCH", `/task-queues/${id}`, { business_hours_id: hours.id, version });
    const { items: accounts } = await admin.api("GET", "/channel-accounts");
    const { id: webchat } = accounts.find(({ kind }) => kind === "webchat");
    await admin.visit(`/admin/channels/${webchat}`);
    await page.getByRole("button", { name: /Business hours/ }).click();
    await page.getByRole("option", { name: "Tidewater" }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await until("the channel has the hours", async () => (await admin.api("GET", `/channel-accounts/${webchat}`)).business_hours_id === hours.id);

    await admin.visit(`/admin/business-hours/${hours.id}`);
    await page.getByText("Open around the clock").first().waitFor();
    await page.getByRole("button", { name: "Close now…" }).click();
    await page.getByRole("button", { name: "Close now", exact: true }).click();
    await page.getByRole("button", { name: "Open again" }).waitFor();
    await axe(page, "business hours, closed");
    await house.browser.shoot(page, "business-hours");

    const visitor = await Visitor.arrive(house.browser, house.seaway, { name: "late" });
    await visitor.chat.getByText("We are closed right now.", { exact: false }).first().waitFor();
    await house.browser.shoot(visitor.page, "webchat-closed");
    await visitor.wantAgent("live agent", "English");
    await visitor.theirs.filter({ hasText: /We are closed right now and back on/ }).waitFor();
    await never("anybody is offered it", async () => (await house.ana.offers.count()) + (await house.ben.offers.count()));
    await house.supervisor.visit("/board");
    await house.supervisor.page.getByRole("button", { name: /^Actions/ }).first().click();
    await house.supervisor.page.getByRole("menuitem", { name: "Why it waits" }).click();
    await house.supervisor.page.getByText("The queue is closed until", { exact: false }).waitFor();
    await house.supervisor.page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();

    await admin.front();
    await page.getByRole("button", { name: "Open again" }).click();
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await agent.complete();
    await visitor.leave();
    for (const { id } of queues) await admin.api("PATCH", `/task-queues/${id}`, { business_hours_id: null, version: (await admin.api("GET", `/task-queues/${id}`)).version });
    await admin.api("PATCH", `/channel-accounts/${webchat}`, { business_hours_id: null, version: (await admin.api("GET", `/channel-accounts/${webchat}`)).version });
    await admin.api("DELETE", `/business-hours/${hours.id}?version=${(await admin.api("GET", `/business-hours/${hours.id}`)).version}`);
  });
}

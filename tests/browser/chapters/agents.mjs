// Many agents at once: out as a file and in again, and changed together in a table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { axe } from "../lib/axe.mjs";
import { until } from "../lib/wait.mjs";

const MANY = 250;

export function agents(story, house) {
  story.step("agents-imported", ["sign-in"], async () => {
    const { admin } = house;
    const { page } = admin;
    await admin.visit("/admin/agents");
    await page.getByRole("grid", { name: "Agents and skills" }).waitFor();
    const before = await admin.api("GET", "/workers/table");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export" }).click()]);
    const file = readFileSync(await download.path(), "utf8");
    assert.ok(file.startsWith("\ufeffid,name,activity,skills,languages,department,capacity."), file.slice(0, 120));
    const ben = before.items.find(({ name }) => name.startsWith("Ben"));

    await page.getByRole("button", { name: "Import" }).click();
    const dialog = page.getByRole("dialog", { name: "Import agents" });
    const choose = async (text) => {
      const [chooser] = await Promise.all([page.waitForEvent("filechooser"), dialog.getByRole("button", { name: /file/i }).click()]);
      await chooser.setFiles({ name: "agents.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    };
    await choose(`id;skills\n${ben.id};barista:80|vip\n;nobody\nWK12;x\n`);
    await dialog.getByText("There is no agent WK12").waitFor();
    await dialog.getByText("This line has no id").waitFor();
    assert.ok(await dialog.getByRole("button", { name: "Import", exact: true }).isDisabled(), "nothing goes while lines are refused");
    await axe(page, "an import with refused lines");
    await house.browser.shoot(page, "agents-import-refused");

    const names = Array.from({ length: MANY }, (_, no) => `Tide ${String(no).padStart(3, "0")}`);
    await choose(`id,name,skills,capacity.chat\n${ben.id},${ben.name},barista:80|vip,3\n${names.map((name, no) => `,${name},${no % 2 ? "sail:5" : "row"},2`).join("\n")}\n`);
    await dialog.getByText("This line has no id").first().waitFor();
    await dialog.getByText("Make new agents").click();
    await dialog.getByText("barista:80 | vip").waitFor();
    await axe(page, "an import about to be done");
    await house.browser.shoot(page, "agents-import");
    await dialog.getByRole("button", { name: `Import ${MANY + 1} agents` }).click();
    await page.getByText(`${MANY + 1} agents imported`).waitFor();
    const after = await admin.api("GET", "/workers/table?search=Tide");
    assert.equal(after.total, MANY);
    assert.equal(after.all, before.all + MANY);
    const kept = (await admin.api("GET", `/workers/${ben.id}`));
    assert.deepEqual(JSON.parse(kept.attributes).routing, { skills: ["barista", "vip"], levels: { barista: 80 } });
    assert.deepEqual(JSON.parse(kept.attributes).languages, JSON.parse(ben.attributes).languages, "what has no column stays");
    house.benBefore = ben;
  });

  story.step("agents-edited", ["agents-imported"], async () => {
    const { admin } = house;
    const { page } = admin;
    await admin.visit("/admin/agents");
    await page.getByRole("searchbox", { name: "Search by name" }).fill("tide");
    await page.getByText(`1–100 of ${MANY}`).waitFor();
    // The count is there a moment before the rows of the search: until then this agent stands below those who leave.
    await until("those found stand in the table, the first of them first", () => page.getByRole("row").nth(1).getByText("Tide 000").isVisible());
    await page.getByRole("row", { name: /Tide 000/ }).getByRole("checkbox").press("Space");
    await page.getByText("1 selected").waitFor();
    await page.getByRole("button", { name: `Select all ${MANY} found` }).click();
    await page.getByText(`${MANY} selected`).waitFor();
    await axe(page, "agents, all of them ticked");
    await house.browser.shoot(page, "agents-table");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: `Change ${MANY} agents` });
    await dialog.getByRole("textbox", { name: "Skill" }).fill("sail");
    await dialog.getByRole("textbox", { name: /Level/ }).fill("9");
    await dialog.getByText(`${MANY} of ${MANY} change`).waitFor();
    await axe(page, "a change of many agents");
    await house.browser.shoot(page, "agents-change");
    await dialog.getByRole("button", { name: `Change ${MANY} agents` }).click();
    await page.getByText(`${MANY} agents changed`).waitFor();
    const total = async (query) => (await admin.api("GET", `/workers/table?${query}`)).total;
    assert.equal(await total("skill=sail"), MANY);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText(`Taken back for ${MANY} agents`).waitFor();
    assert.equal(await total("skill=sail"), MANY / 2);
    const one = (await admin.api("GET", "/workers/table?search=Tide%20001")).items[0];
    assert.deepEqual(JSON.parse(one.attributes).routing, { skills: ["sail"], levels: { sail: 5 } });

    const { items: log } = await admin.api("GET", "/audit-log");
    assert.ok(log.some(({ action, detail }) => action === "worker.imported" && detail === `1 changed, ${MANY} new`));
    assert.ok(log.some(({ action, detail }) => action === "worker.edited" && detail === `${MANY} changed, 0 new`));
    await admin.visit("/admin/audit");
    await page.getByText("Agents changed together").first().waitFor();

    // Nobody of them stays: the other steps count who is there.
    const put = await admin.api("GET", `/workers/${house.benBefore.id}`);
    await admin.api("PATCH", `/workers/${put.id}`, { attributes: house.benBefore.attributes, channels: house.benBefore.channels.map(({ channel, capacity, available }) => ({ channel, capacity, available })), version: put.version });
    for (;;) {
      const { items } = await admin.api("GET", "/workers/table?search=Tide&limit=200");
      if (items.length === 0) break;
      for (const { id, version } of items) await admin.api("DELETE", `/workers/${id}?version=${version}`);
    }
    await until("all of them are gone", async () => (await total("search=Tide")) === 0);
  });
}

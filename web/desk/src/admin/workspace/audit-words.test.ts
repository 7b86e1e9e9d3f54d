import type { AuditRow } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { namesOfGone, sayAction, sayActor, sayDetail, saySubject } from "./audit-words.ts";

const here = import.meta.dirname;
const words = (language: string) => JSON.parse(readFileSync(join(here, `../../i18n/admin.${language}.json`), "utf8")) as { audit: { actions: Record<string, Record<string, string>> } };
const t = ((key: string, options: Record<string, string> = {}) => {
  const found = key.split(".").reduce<unknown>((tree, part) => (tree as Record<string, unknown> | undefined)?.[part], words("en"));
  const text = typeof found === "string" ? found : (options["defaultValue"] ?? key);
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => options[name] ?? "");
}) as unknown as TFunction;

const id = (prefix: string, digit = "1") => `${prefix}${digit.repeat(32)}`;
const row = (more: Partial<AuditRow>): AuditRow => ({ no: 1, at: "2026-11-21T10:00:00Z", actor: "Ada", action: "task_queue.changed", subject: id("WQ"), detail: "", named: [], ...more });

test("a subject has its name and leads to its page", () => {
  expect(saySubject(t, row({ named: [{ id: id("WQ"), name: "Support", page: id("WQ") }] }), new Map())).toEqual({ text: "Support", to: `/admin/queues/${id("WQ")}` });
  const hours = row({ action: "business_hours.changed", subject: id("KH"), named: [{ id: id("KH"), name: "Berlin", page: id("KH") }] });
  expect([sayAction(t, hours.action), saySubject(t, hours, new Map())]).toEqual(["Business hours changed", { text: "Berlin", to: `/admin/business-hours/${id("KH")}` }]);
  expect(saySubject(t, row({ subject: id("US"), named: [{ id: id("US"), name: "Ana", page: id("KM") }] }), new Map())).toEqual({ text: "Ana", to: `/admin/people/${id("KM")}` });
  const said = row({ action: "message.arrived", subject: id("IM"), named: [{ id: id("IM"), name: "Mia", page: id("CH") }] });
  expect([sayAction(t, said.action), saySubject(t, said, new Map())]).toEqual(["Message confirmed as arrived", { text: "Mia", to: `/desk/${id("CH")}` }]);
  expect(saySubject(t, row({ subject: id("SK"), named: [{ id: id("SK"), name: "script", page: null }] }), new Map())).toEqual({ text: "script", to: null });
});

test("what is gone is called as the row of its end says", () => {
  const rows = [row({ no: 2, action: "task_queue.deleted", detail: "Returns" }), row({})];
  const gone = namesOfGone(rows);
  expect(rows.map((one) => saySubject(t, one, gone).text)).toEqual(["Returns", "Returns"]);
  expect(sayDetail(t, rows[0] ?? row({}))).toBe("");
  expect(saySubject(t, row({ subject: id("WQ", "2") }), gone)).toEqual({ text: "Gone meanwhile", to: null });
});

test("no raw id is left in actor and detail", () => {
  expect(sayActor(t, row({ actor: id("SK"), named: [{ id: id("SK"), name: "script", page: null }] }))).toBe("API key script");
  expect(sayActor(t, row({ actor: id("SK") }))).toBe("An API key");
  expect(sayDetail(t, row({ action: "task.assigned", subject: id("WT"), detail: id("WK"), named: [{ id: id("WK"), name: "Ben", page: null }] }))).toBe("to Ben");
  const moved = { action: "task.transferred", subject: id("WT"), named: [{ id: id("WQ"), name: "Returns", page: id("WQ") }] };
  expect([sayDetail(t, row({ ...moved, detail: id("WQ") })), sayDetail(t, row({ ...moved, detail: "flow" }))]).toEqual(["to Returns", "to the flow"]);
  const joined = row({ action: "contact.joined", subject: id("KU"), detail: `${id("KC")} with ${id("KC", "2")}`, named: [{ id: id("KC"), name: "Mia", page: null }, { id: id("KC", "2"), name: "#2aa05f", page: null }] });
  expect(sayDetail(t, joined)).toMatch(/^Mia \+ /);
  expect(sayDetail(t, joined)).not.toContain("KC");
  expect(sayDetail(t, row({ action: "worker.activity_set", subject: id("WK"), detail: id("WA"), named: [{ id: id("WK"), name: "Ben", page: null }, { id: id("WA"), name: "Break", page: null }] }))).toBe("Break");
  expect(sayDetail(t, row({ action: "member.changed", subject: id("US"), detail: "agent, admin" }))).toBe("Agent, Admin");
  expect(sayDetail(t, row({ action: "worker.imported", subject: id("WS"), detail: "12 changed, 3 new" }))).toBe("12 changed, 3 new");
  expect(sayDetail(t, row({ action: "flow.published", detail: "revision 3" }))).toBe("Revision 3");
});

function* rust(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== "tests") yield* rust(path);
    } else if (name.endsWith(".rs")) yield readFileSync(path, "utf8").split("#[cfg(test)]\nmod")[0] ?? "";
  }
}

test("every action that is written down has words in each language", () => {
  const crates = join(here, "../../../../../crates");
  const patterns = [/(?:noted|\.audit)\(\s*"([a-z_]+\.[a-z_]+)"/g, /action: "([a-z_]+\.[a-z_]+)"/g, /(?:put|note)\([^;]*?, "([a-z_]+\.[a-z_]+)"[,)]/g];
  const texts = ["server", "engine"].flatMap((room) => [...rust(join(crates, room, "src"))]);
  const actions = [...new Set(texts.flatMap((text) => patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((found) => found[1] ?? ""))))];
  expect(actions.length).toBeGreaterThan(32);
  for (const known of ["workflow.created", "workflow.changed", "task.assigned", "conversation.closed", "keys.rotated", "channel_account.changed"]) expect(actions).toContain(known);
  for (const language of ["en", "de", "ko"]) {
    const said = words(language).audit.actions;
    expect(actions.filter((action) => { const [noun = "", verb = ""] = action.split("."); return !said[noun]?.[verb]; })).toEqual([]);
  }
  expect(sayAction(t, "task_queue.changed")).toBe("Queue changed");
});

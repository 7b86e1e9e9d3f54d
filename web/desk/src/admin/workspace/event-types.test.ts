// @vitest-environment node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import de from "../../i18n/admin.de.json" with { type: "json" };
import en from "../../i18n/admin.en.json" with { type: "json" };
import ko from "../../i18n/admin.ko.json" with { type: "json" };
import { EVENT_TYPES, groupOf, NEVER_TOLD, toggled } from "./event-types.ts";

describe("types of events", () => {
  it("are those the server knows", () => {
    const source = readFileSync(join(import.meta.dirname, "../../../../../crates/model/src/routing_event.rs"), "utf8");
    const known = [...source.matchAll(/Self::\w+ => "([a-z.-]+)"/g)].map((match) => match[1]);
    expect([...EVENT_TYPES, ...NEVER_TOLD].sort()).toEqual([...known].sort());
  });
  it("are chosen one by one, and what a program chose stays", () => {
    const chosen = toggled(["task.transfer-failed", "task.deleted"], "task.created", true);
    expect(chosen).toEqual(["task.created", "task.deleted", "task.transfer-failed"]);
    expect(toggled(chosen, "task.deleted", false)).toEqual(["task.created", "task.transfer-failed"]);
  });
  it("are each in a group that has a name in every language", () => {
    for (const type of EVENT_TYPES) for (const words of [en, de, ko]) expect(words.workspace.eventsOf).toHaveProperty([groupOf(type)]);
  });
});

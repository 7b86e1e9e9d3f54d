import { expect, test } from "vitest";
import { changeOf, NO_FILTER, tablePath, whoOf, type BulkForm } from "./bulk.ts";

const form = (part: Partial<BulkForm>): BulkForm => ({ kind: "add", skill: "", level: "", channel: "", capacity: "", activity: "", ...part });

test("a change is asked for only when it is whole", () => {
  expect(changeOf(form({}))).toBeNull();
  expect(changeOf(form({ skill: " de " }))).toEqual({ put_skills: [{ name: "de" }] });
  expect(changeOf(form({ skill: "de", level: "7,5" }))).toEqual({ put_skills: [{ name: "de", level: 7.5 }] });
  expect(changeOf(form({ skill: "de", level: "many" }))).toBeNull();
  expect(changeOf(form({ kind: "level", skill: "de" }))).toEqual({ set_levels: [{ name: "de", level: null }] });
  expect(changeOf(form({ kind: "remove", skill: "de" }))).toEqual({ remove_skills: ["de"] });
  expect(changeOf(form({ kind: "capacity", channel: "chat", capacity: "0" }))).toEqual({ capacities: [{ channel: "chat", capacity: 0 }] });
  expect(changeOf(form({ kind: "capacity", channel: "chat", capacity: "1.5" }))).toBeNull();
  expect(changeOf(form({ kind: "capacity", channel: "chat" }))).toBeNull();
  expect(changeOf(form({ kind: "activity", activity: "WA1" }))).toEqual({ activity_id: "WA1" });
});

test("those ticked are named, all found are described", () => {
  expect(whoOf(NO_FILTER, new Set(["WK1", "WK2"]), false)).toEqual({ ids: ["WK1", "WK2"] });
  expect(whoOf({ ...NO_FILTER, search: " an ", queue: "WQ1" }, new Set(), true)).toEqual({ search: "an", skill: null, queue_id: "WQ1", activity_id: null });
  expect(tablePath({ ...NO_FILTER, skill: "a b" }, 2, 100)).toBe("/workers/table?skill=a+b&page=2&limit=100");
});

import { expect, test } from "vitest";
import { aMessage, mine } from "./fixtures.ts";
import { mergeLog } from "./log.ts";

const seqs = (log: { items: { seq: number }[] }) => log.items.map((m) => m.seq);

test("an earlier page stands before what is held", () => {
  const held = mergeLog(undefined, [aMessage(3), aMessage(4)], true, "latest");
  expect(mergeLog(held, [aMessage(1), aMessage(2)], false, "earlier")).toMatchObject({ more: false, loaded: true });
  expect(seqs(mergeLog(held, [aMessage(1), aMessage(2)], false, "earlier"))).toEqual([1, 2, 3, 4]);
});

test("an event that overtook the page stays, and the further receipt wins", () => {
  const live = { items: [mine(2, { state: "read" }), aMessage(3)], loaded: false, more: true };
  const merged = mergeLog(live, [aMessage(1), mine(2, { state: "sent" })], false, "latest");
  expect(seqs(merged)).toEqual([1, 2, 3]);
  expect(merged.items[1]?.state).toBe("read");
});

test("a page that does not touch what is held starts anew: a hole is not a whole", () => {
  const old = { items: [aMessage(1), aMessage(2)], loaded: false, more: false };
  const merged = mergeLog(old, [aMessage(60), aMessage(61)], true, "latest");
  expect(seqs(merged)).toEqual([60, 61]);
  expect(merged.more).toBe(true);
});

test("a page that touches what is held keeps the older part", () => {
  const old = { items: [aMessage(1), aMessage(2)], loaded: false, more: false };
  const merged = mergeLog(old, [aMessage(2), aMessage(3)], true, "latest");
  expect(seqs(merged)).toEqual([1, 2, 3]);
  expect(merged.more).toBe(false);
});

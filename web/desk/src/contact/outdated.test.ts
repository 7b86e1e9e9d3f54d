import type { Conversation, Person } from "@seaway/api/types";
import { expect, test } from "vitest";
import { isOutdated } from "./outdated.ts";

const talk = { id: "CH2", state: "open", worker: { id: "WK1", name: "Ana" } } as Conversation;
const person = (conversations: Partial<Person["conversations"][number]>[]) => ({ id: "KC1", conversations }) as Person;

test("a person is read again when a conversation of theirs begins, ends or changes hands, and not with each message", () => {
  expect(isOutdated(undefined, talk)).toBe(false);
  expect(isOutdated(person([{ id: "CH1", state: "closed", worker: "Ana" }]), talk)).toBe(true);
  const known = person([{ id: "CH2", state: "open", worker: "Ana" }]);
  expect(isOutdated(known, talk)).toBe(false);
  expect(isOutdated(known, { ...talk, last_seq: 9 })).toBe(false);
  expect(isOutdated(known, { ...talk, state: "closed" })).toBe(true);
  expect(isOutdated(known, { ...talk, worker: { id: "WK2", name: "Ben" } })).toBe(true);
  // Who had it last stays shown when nobody has it.
  expect(isOutdated(known, { ...talk, worker: null })).toBe(false);
});

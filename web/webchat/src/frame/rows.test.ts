import { expect, test } from "vitest";
import { choices, rows } from "./rows.ts";
import { after, message, outgoing } from "./sample.ts";

const at = (minute: number): string => new Date(2026, 9, 2, 14, minute).toISOString();
const log = (...items: ReturnType<typeof message>[]) => after([{ type: "history", items, more: false, position: items.length }]);
const kinds = (state: ReturnType<typeof log>) => rows(state).map((row) => row.kind + ("meta" in row && row.meta ? "+" : ""));

test("one line of name and time for words that follow each other", () => {
  expect(kinds(log(message(1, { at: at(0) }), message(2, { at: at(1) }), message(3, { at: at(1), from: "me" })))).toEqual(["day", "bubble", "bubble+", "bubble+"]);
});
test("another name, state, notice or a long pause gets its own line", () => {
  expect(kinds(log(message(1, { at: at(0) }), message(2, { at: at(1), name: "Ben" })))).toEqual(["day", "bubble+", "bubble+"]);
  expect(kinds(log(message(1, { at: at(0), from: "me", state: "read" }), message(2, { at: at(1), from: "me" })))).toEqual(["day", "bubble+", "bubble+"]);
  expect(kinds(log(message(1, { at: at(0) }), message(2, { at: at(9) })))).toEqual(["day", "bubble+", "bubble+"]);
  expect(kinds(log(message(1, { at: at(0) }), message(2, { at: at(1), from: "system" }), message(3, { at: at(2) })))).toEqual(["day", "bubble+", "notice", "bubble+"]);
});
test("what is not yet sent stands last; each failed one speaks for itself", () => {
  const state = after([outgoing("a"), outgoing("b"), outgoing("c"), { type: "outgoing", clientId: "b", state: "failed", problem: null }], log(message(1, { at: at(0) })));
  expect(kinds(state)).toEqual(["day", "bubble+", "outgoing+", "outgoing+", "outgoing+"]);
  expect(kinds(after([outgoing("a"), outgoing("b")], log()))).toEqual(["outgoing", "outgoing+"]);
});
test("answers are offered by the newest message only, until something is said", () => {
  const asked = log(message(1, { from: "bot", choices: ["A", "B"] }));
  expect(choices(asked)).toEqual(["A", "B"]);
  expect(choices(after([outgoing("a")], asked))).toEqual([]);
  expect(choices(after([{ type: "messages", items: [message(2)], inOrder: true }], asked))).toEqual([]);
});

import { expect, test } from "vitest";
import { allActions } from "./use-actions.ts";
import { listensTo, onTask, type Hand } from "./action.ts";
import { aConversation, aTask, aWorker } from "../state/fixtures.ts";
import { EMPTY_DESK } from "../state/desk-state.ts";
import { complete, transfer } from "./task.ts";

function hand(conversation: Hand["conversation"]): Hand {
  return { state: { ...EMPTY_DESK, worker: aWorker() }, conversation, me: { permissions: [] } } as unknown as Hand;
}

test("an action on a task is there only with a task, and only when it agrees", () => {
  const onlyWrapping = onTask({ id: "x", title: "x", icon: "check", when: (task) => task.status === "wrapping", run: () => undefined });
  expect(onlyWrapping.when(hand(null))).toBe(false);
  expect(onlyWrapping.when(hand(aConversation()))).toBe(false);
  expect(onlyWrapping.when(hand(aConversation({ task: aTask({ status: "wrapping" }) })))).toBe(true);
});

test("a colleague's task cannot be completed or handed on", () => {
  const theirs = aConversation({ task: aTask({ worker: { id: "WK2", name: "Ben" } }) });
  expect([complete.when(hand(theirs)), transfer.when(hand(theirs))]).toEqual([false, false]);
  expect([complete.when(hand(aConversation())), transfer.when(hand(aConversation()))]).toEqual([true, true]);
});

test("no two actions share an id, and none a key that both listen to", () => {
  const ids = allActions.map((action) => action.id);
  expect(new Set(ids).size).toBe(ids.length);
  const keys = allActions.filter((action) => !action.local).flatMap((action) => [action.keys, action.alone]).filter((key) => key !== undefined);
  expect(new Set(keys).size).toBe(keys.length);
});

test("the way back from Away is a chord in a field, and a single key elsewhere", () => {
  const back = allActions.find((action) => action.id === "app.back");
  if (!back) throw new Error("there is no way back");
  expect([listensTo(back, "alt+b", true), listensTo(back, "alt+b", false)]).toEqual([true, true]);
  expect([listensTo(back, "b", true), listensTo(back, "b", false)]).toEqual([false, true]);
});

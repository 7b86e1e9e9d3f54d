import { describe, expect, test } from "vitest";
import { after, message, outgoing } from "./sample.ts";
import { agentName, unread, type Change } from "./state.ts";

const ready: Change = { type: "history", items: [message(1), message(2)], more: false, position: 2 };

describe("apply", () => {
  test("replaces by id and keeps the order, whatever comes when", () => {
    const state = after([{ type: "messages", items: [message(3), message(1)], inOrder: true }, { type: "messages", items: [message(2), message(1, { text: "edited" })], inOrder: true }]);
    expect(state.messages.map((one) => [one.pos, one.text])).toEqual([[1, "edited"], [2, "text 2"], [3, "text 3"]]);
  });
  test("an own message that was read never falls back by a late copy", () => {
    const state = after([{ type: "messages", items: [message(1, { from: "me", state: "read" })], inOrder: true }, { type: "messages", items: [message(1, { from: "me", state: "delivered" })], inOrder: false }]);
    expect(state.messages[0]?.state).toBe("read");
  });
  test("the answer to a sent message never hides a gap before it", () => {
    const state = after([ready, { type: "messages", items: [message(5, { from: "me" })], inOrder: false }]);
    expect(state.position).toBe(2);
    expect(after([{ type: "messages", items: [message(3)], inOrder: false }], state).position).toBe(3);
    expect(after([{ type: "messages", items: [message(4), message(5)], inOrder: true }], state).position).toBe(5);
  });
  test("a message leaves the outbox when the server has it, by any road", () => {
    const state = after([outgoing("c1"), outgoing("c2"), { type: "messages", items: [message(1, { from: "me", clientId: "c1" })], inOrder: true }]);
    expect(state.outbox.map((item) => item.clientId)).toEqual(["c2"]);
  });
  test("a failed session keeps what was typed", () => {
    const problem = { status: 0, code: "network", detail: "", params: {}, retryAfterMs: null };
    expect(after([outgoing("c1"), { type: "failed", problem }])).toMatchObject({ phase: "failed", outbox: [{ clientId: "c1" }] });
    expect(after([ready, { type: "failed", problem }]).phase).toBe("ready");
  });
  test("offline keeps the time it began and ends the typing dots", () => {
    const state = after([{ type: "typing", on: true, name: "Ana" }, { type: "net", net: "offline", now: 5 }, { type: "net", net: "offline", now: 9 }]);
    expect(state).toMatchObject({ offlineSince: 5, typing: null });
    expect(after([{ type: "net", net: "live", now: 10 }], state).offlineSince).toBeNull();
  });
  test("what is awaited by dots ends them when it comes; an own message does not", () => {
    const typing = after([ready, { type: "typing", on: true, name: "Ana" }]);
    expect(after([{ type: "messages", items: [message(3, { from: "me" })], inOrder: true }], typing).typing).not.toBeNull();
    expect(after([{ type: "messages", items: [message(3)], inOrder: true }], typing).typing).toBeNull();
  });
  test("signing out leaves nothing of before", () => {
    expect(after([ready, outgoing("c1"), { type: "seen", position: 2 }, { type: "forgotten" }])).toMatchObject({ messages: [], outbox: [], seen: 0, position: 0, visitor: null });
  });
});

test("unread counts the other side's words alone, above what was seen", () => {
  const state = after([ready, { type: "seen", position: 1 }, { type: "messages", items: [message(3, { from: "me" }), message(4, { from: "system", notice: { kind: "joined", params: {} } }), message(5, { from: "bot" })], inOrder: true }]);
  expect(unread(state)).toBe(2);
});

test("the agent is whom the server names, else whom the log tells", () => {
  const joined = message(3, { from: "system", name: null, notice: { kind: "joined", params: { name: "Ben" } } });
  const log = after([{ type: "history", items: [message(1, { from: "bot" }), joined], more: false, position: 3 }]);
  expect(agentName(log)).toBe("Ben");
  expect(agentName(after([{ type: "agent", name: "Ana", present: true }], log))).toBe("Ana");
  expect(agentName(after([{ type: "agent", name: "Ana", present: false }], log))).toBeNull();
  expect(agentName(after([{ type: "messages", items: [message(4, { from: "system", notice: { kind: "closed", params: {} } })], inOrder: true }], log))).toBeNull();
});

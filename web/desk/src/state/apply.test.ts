import { describe, expect, test } from "vitest";
import { apply, type Change } from "./apply.ts";
import { EMPTY_DESK, type DeskState, type Outgoing } from "./desk-state.ts";
import { aConversation, aDesk, aMessage, anOffer, aTask, aWorker, byBot, event, later, mine, T0 } from "./fixtures.ts";
import { activeOf, holdOrder, isMine, knownUpTo, offersOf, unreadOf, wrappingOf } from "./select.ts";

/** Plays changes over a freshly read desk. */
function play(...changes: Change[]): DeskState {
  return [{ type: "desk", desk: aDesk(), at: T0 } as Change, ...changes].reduce(apply, EMPTY_DESK);
}
const frame = (seq: number, what: Parameters<typeof event>[1], at = T0): Change => ({ type: "frame", frame: event(seq, what), at });
const outgoing: Outgoing = { client_id: "c1", conversation_id: "CH1", thread_id: null, text: "Hi", private: false, attachments: [], at: T0, state: "waiting", problem: null };

describe("the stream", () => {
  test("applies only larger numbers", () => {
    const state = play(frame(11, { kind: "message.added", message: aMessage(5) }), frame(11, { kind: "message.added", message: aMessage(6) }), frame(9, { kind: "message.added", message: aMessage(7) }));
    expect(state.logs["CH1"]?.items.map((m) => m.seq)).toEqual([5]);
    expect(state.position).toBe(11);
  });

  test("a position frame moves on without an event and sets the clock", () => {
    const state = play({ type: "frame", frame: { type: "position", seq: 40, now: later(5) }, at: T0 });
    expect(state.position).toBe(40);
    expect(state.skew_ms).toBe(5_000);
  });

  test("a message comes once, in its place, whatever the order", () => {
    const state = play(frame(11, { kind: "message.added", message: aMessage(3) }), frame(12, { kind: "message.added", message: aMessage(2) }), frame(13, { kind: "message.added", message: aMessage(3) }));
    expect(state.logs["CH1"]?.items.map((m) => m.seq)).toEqual([2, 3]);
  });

  test("the customer's message ends the typing sign, and silence does too", () => {
    const typing: Change = { type: "frame", frame: { type: "signal", signal: { kind: "typing", conversation_id: "CH1", author: { kind: "contact", id: "KC1", name: "Mira" }, on: true } }, at: T0 };
    expect(play(typing).typing["CH1"]?.name).toBe("Mira");
    expect(play(typing, frame(11, { kind: "message.added", message: aMessage(2) })).typing["CH1"]).toBeUndefined();
    expect(play(typing, { type: "tick", at: T0 + 9_000 }).typing["CH1"]).toBeUndefined();
  });

  test("the line remembers when it was lost first", () => {
    const state = play({ type: "line", up: false, at: T0 }, { type: "line", up: false, at: T0 + 5_000 });
    expect(state.line).toEqual({ up: false, since: T0 });
  });
});

describe("the last message in the list", () => {
  const last = { seq: 4, author: { kind: "contact" as const, id: "KC1", name: "Mira" }, text: "wrong talk, sorry", what: "" as const, at: later(4), attachments: 1 };
  const start: Change = { type: "desk", desk: aDesk({ conversations: [aConversation({ id: "CH1", last_message: last, last_seq: 4 })] }), at: T0 };
  const after = (...changes: Change[]) => [start, ...changes].reduce(apply, EMPTY_DESK).conversations["CH1"]?.last_message;

  test("that was taken back leaves no word of it", () => {
    expect(after(frame(11, { kind: "message.updated", message: aMessage(4, { text: "", unsent_at: later(9) }) }))).toMatchObject({ seq: 4, text: "", attachments: 0 });
  });

  test("that was edited stands there as it is now", () => {
    expect(after(frame(11, { kind: "message.updated", message: aMessage(4, { text: "the green one" }) }))?.text).toBe("the green one");
  });

  test("is no other message that changes, nor an answer that an event overtook", () => {
    expect(after(frame(11, { kind: "message.updated", message: aMessage(3, { text: "older" }) }))).toEqual(last);
    expect(after({ type: "message", message: aMessage(4, { text: "as it was" }) })).toEqual(last);
  });
});

describe("what was written", () => {
  test("is confirmed by the event with the same client id, and stands once", () => {
    const state = play({ type: "outgoing", outgoing }, frame(11, { kind: "message.added", message: mine(2, { client_id: "c1" }) }), { type: "message", message: mine(2, { client_id: "c1" }) });
    expect(state.outbox).toEqual([]);
    expect(state.logs["CH1"]?.items).toHaveLength(1);
  });

  test("an answer that comes after its events does not turn the receipt back", () => {
    const state = play(frame(11, { kind: "message.added", message: mine(2) }), frame(12, { kind: "message.updated", message: mine(2, { state: "delivered" }) }), { type: "message", message: mine(2, { state: "queued" }) });
    expect(state.logs["CH1"]?.items[0]?.state).toBe("delivered");
  });

  test("survives reading the desk anew", () => {
    expect(play({ type: "outgoing", outgoing }, { type: "desk", desk: aDesk({ position: 50 }), at: T0 }).outbox).toEqual([outgoing]);
  });
});

describe("versions", () => {
  test("an older conversation or task never replaces a newer one", () => {
    const newer = aConversation({ version: 5, last_seq: 9, task: aTask({ id: "WT-CH1", version: 7, status: "wrapping" }) });
    const state = play(frame(11, { kind: "conversation.updated", conversation: newer }), { type: "conversation", conversation: aConversation({ version: 4 }) }, { type: "task", task: aTask({ id: "WT-CH1", version: 6 }) });
    expect(state.conversations["CH1"]?.last_seq).toBe(9);
    expect(state.conversations["CH1"]?.task?.status).toBe("wrapping");
  });

  test("a task's own event outlives a conversation view that carries the older task", () => {
    const state = play(frame(11, { kind: "task.updated", task: aTask({ id: "WT-CH1", version: 3, status: "wrapping" }) }), frame(12, { kind: "conversation.updated", conversation: aConversation({ version: 2, task: aTask({ id: "WT-CH1", version: 2 }) }) }));
    expect(wrappingOf(state).map((c) => c.id)).toEqual(["CH1"]);
  });
});

describe("offers", () => {
  test("keep their number while they live; a free number is used again", () => {
    const two = play(frame(11, { kind: "reservation.created", reservation: anOffer("WR1") }), frame(12, { kind: "reservation.created", reservation: anOffer("WR2") }));
    const one = apply(two, frame(13, { kind: "reservation.updated", reservation: anOffer("WR1", { status: "timeout" }), went_to: "Ben" }));
    expect(offersOf(one).map((o) => [o.reservation.id, o.slot])).toEqual([["WR2", 2]]);
    const again = apply(one, frame(14, { kind: "reservation.created", reservation: anOffer("WR3") }));
    expect(offersOf(again).map((o) => [o.reservation.id, o.slot])).toEqual([["WR3", 1], ["WR2", 2]]);
  });

  test("a missed one says where it went for ten seconds", () => {
    const gone = play(frame(11, { kind: "reservation.created", reservation: anOffer("WR1") }), frame(12, { kind: "reservation.updated", reservation: anOffer("WR1", { status: "timeout" }), went_to: "Ben" }));
    expect(gone.gone["WR1"]).toMatchObject({ wentTo: "Ben", reason: "missed" });
    expect(apply(gone, { type: "tick", at: T0 + 10_001 }).gone).toEqual({});
  });

  test("those of other agents are none of ours", () => {
    expect(offersOf(play(frame(11, { kind: "reservation.created", reservation: anOffer("WR9", { worker_id: "WK2" }) })))).toEqual([]);
    const supervisor = apply(EMPTY_DESK, { type: "desk", desk: aDesk({ worker: null }), at: T0 });
    expect(offersOf(apply(supervisor, frame(11, { kind: "reservation.created", reservation: anOffer("WR9") })))).toEqual([]);
  });

  test("one that was answered leaves without a word", () => {
    const state = play(frame(11, { kind: "reservation.created", reservation: anOffer("WR1") }), { type: "reservation", reservation: anOffer("WR1", { status: "accepted" }), at: T0 });
    expect(offersOf(state)).toEqual([]);
    expect(state.gone).toEqual({});
  });

  test("an event that an answer overtook takes nothing back", () => {
    const away = aWorker({ version: 3, activity: { id: "A2", name: "Away", available: false } });
    const answered = play({ type: "worker", worker: away });
    const late = apply(answered, frame(11, { kind: "worker.updated", worker: aWorker({ version: 2 }), cause: "supervisor" }));
    expect(late.worker?.activity.name).toBe("Away");
    const later = apply(late, frame(12, { kind: "worker.updated", worker: aWorker({ version: 4 }), cause: "supervisor" }));
    expect(later.worker?.version).toBe(4);
  });

  test("a missed offer asks to come back until the agent is available again", () => {
    const away = aWorker({ version: 2, activity: { id: "A2", name: "Away", available: false } });
    const missed = play(frame(11, { kind: "worker.updated", worker: away, cause: "missed_offer" }));
    expect(missed.missedOffer).not.toBeNull();
    expect(apply(missed, { type: "worker", worker: aWorker({ version: 3 }) }).missedOffer).toBeNull();
  });
});

describe("the list", () => {
  test("who waits longest stands first, then the latest talk", () => {
    const at = (seconds: number) => ({ seq: 1, author: { kind: "contact" as const, id: null, name: "" }, text: "", what: "" as const, at: later(seconds), attachments: 0 });
    const desk = aDesk({ conversations: [aConversation({ id: "quiet", last_message: at(5) }), aConversation({ id: "late", waiting_since: later(90) }), aConversation({ id: "long", waiting_since: later(10) }), aConversation({ id: "fresh", last_message: at(50) })] });
    expect(activeOf(play({ type: "desk", desk, at: T0 })).map((c) => c.id)).toEqual(["long", "late", "fresh", "quiet"]);
  });

  test("stands still while held; the new ones are counted, the gone ones leave", () => {
    expect(holdOrder(["a", "b", "c"], ["x", "c", "a"], true)).toEqual({ order: ["a", "c"], waiting: 1 });
    expect(holdOrder(["a"], ["x", "a"], false)).toEqual({ order: ["x", "a"], waiting: 0 });
  });

  test("unread counts the customer's messages past what was seen", () => {
    const state = play(frame(11, { kind: "message.added", message: aMessage(2) }), frame(12, { kind: "message.added", message: mine(3) }), frame(13, { kind: "message.added", message: aMessage(4) }), { type: "seen", conversation_id: "CH1", seq: 2 });
    expect(unreadOf(state, aConversation())).toBe(1);
    const other = apply(state, frame(14, { kind: "seen.updated", conversation_id: "CH1", worker_id: "WK1", seq: 4 }));
    expect(unreadOf(other, aConversation())).toBe(0);
  });

  test("what the bot answered is not unread, and does not hinder completing", () => {
    const state = play(frame(11, { kind: "message.added", message: aMessage(1) }), frame(12, { kind: "message.added", message: byBot(2) }));
    expect(unreadOf(state, aConversation())).toBe(0);
    expect(knownUpTo(state, aConversation())).toBe(2);
  });

  test("a message that came and was not in sight is not completed away", () => {
    const state = play(frame(11, { kind: "message.added", message: mine(1) }), frame(12, { kind: "message.added", message: aMessage(2) }), frame(13, { kind: "message.added", message: mine(3) }));
    expect(knownUpTo(state, aConversation())).toBe(1);
    expect(knownUpTo(apply(state, { type: "seen", conversation_id: "CH1", seq: 2 }), aConversation())).toBe(3);
  });

  test("a colleague's task is not mine", () => {
    const state = play();
    expect(isMine(state, aConversation())).toBe(true);
    expect(isMine(state, aConversation({ task: aTask({ worker: { id: "WK2", name: "Ben" } }) }))).toBe(false);
    expect(isMine(state, aConversation({ task: aTask({ status: "completed" }) }))).toBe(false);
  });
});

// The one place where the desk's facts change: `apply(state, change)`, pure, tested without a DOM.
// It does not know the network, the clock or the screen; `at` arrives with the change.
import type { Conversation, Desk, Message, Problem, Reservation, StreamFrame, Task, Worker } from "@seaway/api/types";
import { applyEvent, withConversation, withMessage, withReservation, withTask } from "./apply-event.ts";
import type { DeskState, Outgoing } from "./desk-state.ts";
import { mergeLog } from "./log.ts";

/** Milliseconds a typing sign lives without being repeated. */
const TYPING_LIFE_MS = 8_000;
/** Milliseconds a lost offer stays in sight. */
export const GONE_LIFE_MS = 10_000;

export type Change =
  | { type: "desk"; desk: Desk; at: number }
  | { type: "frame"; frame: StreamFrame; at: number }
  | { type: "line"; up: boolean; at: number }
  | { type: "log"; conversation_id: string; items: Message[]; more: boolean; part: "latest" | "earlier" }
  // Answers of requests: they may be older than events that overtook them, so versions decide.
  | { type: "conversation"; conversation: Conversation }
  | { type: "task"; task: Task }
  | { type: "reservation"; reservation: Reservation; at: number }
  | { type: "message"; message: Message }
  | { type: "worker"; worker: Worker }
  | { type: "seen"; conversation_id: string; seq: number }
  | { type: "offer.gone"; reservation_id: string; wentTo: string | null; at: number }
  | { type: "missed.answered" }
  | { type: "outgoing"; outgoing: Outgoing }
  | { type: "outgoing.state"; client_id: string; state: Outgoing["state"]; problem: Problem | null }
  | { type: "outgoing.dropped"; client_id: string }
  | { type: "tick"; at: number };

export function apply(state: DeskState, change: Change): DeskState {
  switch (change.type) {
    case "desk":
      return fromDesk(state, change.desk, change.at);
    case "frame":
      return applyFrame(state, change.frame, change.at);
    case "line":
      if (state.line.up === change.up) return state;
      return { ...state, line: change.up ? { up: true } : { up: false, since: change.at } };
    case "log":
      return { ...state, logs: { ...state.logs, [change.conversation_id]: mergeLog(state.logs[change.conversation_id], change.items, change.more, change.part) } };
    case "conversation":
      return withConversation(state, change.conversation);
    case "task":
      return withTask(state, change.task);
    case "reservation":
      return withReservation(state, change.reservation, null, change.at);
    case "message":
      return withMessage(state, change.message, "answer");
    case "worker":
      return withWorker(state, change.worker);
    case "seen":
      return withSeen(state, change.conversation_id, change.seq);
    case "offer.gone": {
      const reservation = state.reservations[change.reservation_id];
      if (!reservation) return state;
      return withReservation(state, { ...reservation, status: "rescinded" }, change.wentTo, change.at);
    }
    case "missed.answered":
      return { ...state, missedOffer: null };
    case "outgoing":
      return { ...state, outbox: [...state.outbox.filter((o) => o.client_id !== change.outgoing.client_id), change.outgoing] };
    case "outgoing.state":
      return { ...state, outbox: state.outbox.map((o) => (o.client_id === change.client_id ? { ...o, state: change.state, problem: change.problem } : o)) };
    case "outgoing.dropped":
      return { ...state, outbox: state.outbox.filter((o) => o.client_id !== change.client_id) };
    case "tick":
      return forget(state, change.at);
  }
}

function applyFrame(state: DeskState, frame: StreamFrame, at: number): DeskState {
  switch (frame.type) {
    case "event":
      // A resumed stream may repeat what we hold; only larger numbers are news.
      if (frame.seq <= state.position) return state;
      return { ...applyEvent(state, frame.event, at), position: frame.seq };
    case "position":
      return { ...state, position: Math.max(state.position, frame.seq), skew_ms: Date.parse(frame.now) - at };
    case "signal":
      if (frame.signal.kind === "presence") {
        const conversation = state.conversations[frame.signal.conversation_id];
        if (!conversation) return state;
        return { ...state, conversations: { ...state.conversations, [conversation.id]: { ...conversation, customer_present: frame.signal.present } } };
      } else {
        const { conversation_id, author, on } = frame.signal;
        const { [conversation_id]: _, ...others } = state.typing;
        return { ...state, typing: on ? { ...others, [conversation_id]: { name: author.name, until: at + TYPING_LIFE_MS } } : others };
      }
    case "reload":
    case "bye":
      return state; // the stream client acts on these
  }
}

/** A fresh reading of everything. What this browser alone knows (outbox, line) stays; logs are to be read again. */
function fromDesk(state: DeskState, desk: Desk, at: number): DeskState {
  const pending = desk.reservations.filter((r) => r.status === "pending");
  const base: DeskState = {
    ...state,
    phase: "ready",
    position: desk.position,
    skew_ms: Date.parse(desk.now) - at,
    worker: desk.worker, activities: desk.activities, workers: desk.workers, queues: desk.queues, flows: desk.flows,
    dispositions: desk.dispositions, cannedReplies: desk.canned_replies,
    reservations: {}, conversations: Object.fromEntries(desk.conversations.map((c) => [c.id, c])),
    slots: Object.fromEntries(Object.entries(state.slots).filter(([id]) => pending.some((r) => r.id === id))),
    logs: Object.fromEntries(Object.entries(state.logs).map(([id, log]) => [id, { ...log, loaded: false }])),
    seen: { ...state.seen, ...desk.seen },
    missedOffer: desk.missed_offer, typing: {},
  };
  return pending.reduce((s, reservation) => withReservation(s, reservation, null, at), base);
}

function withWorker(state: DeskState, worker: Worker): DeskState {
  const workers = state.workers.map((w) => (w.id === worker.id ? { ...w, activity: worker.activity, connected: worker.connected } : w));
  if (state.worker?.id !== worker.id || worker.version < state.worker.version) return { ...state, workers };
  return { ...state, workers, worker, missedOffer: worker.activity.available ? null : state.missedOffer };
}

function withSeen(state: DeskState, conversationId: string, seq: number): DeskState {
  if ((state.seen[conversationId] ?? 0) >= seq) return state;
  return { ...state, seen: { ...state.seen, [conversationId]: seq } };
}

function forget(state: DeskState, at: number): DeskState {
  const typing = Object.entries(state.typing).filter(([, t]) => t.until > at);
  const gone = Object.entries(state.gone).filter(([, g]) => g.at + GONE_LIFE_MS > at);
  if (typing.length === Object.keys(state.typing).length && gone.length === Object.keys(state.gone).length) return state;
  return { ...state, typing: Object.fromEntries(typing), gone: Object.fromEntries(gone) };
}

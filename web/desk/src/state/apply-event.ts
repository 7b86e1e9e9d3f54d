// One server event onto the desk's facts. Events carry the whole new view, so applying one is replacing it;
// versions guard against answers of requests that overtook the event.
import type { Conversation, DeskEvent, Message, Reservation, Task } from "@seaway/api/types";
import type { DeskState, GoneOffer } from "./desk-state.ts";
import { putMessage } from "./log.ts";

export function applyEvent(state: DeskState, event: DeskEvent, at: number): DeskState {
  switch (event.kind) {
    case "message.added":
    case "message.updated":
      return withMessage(state, event.message, "event");
    case "conversation.updated":
      return withConversation(state, event.conversation);
    case "reservation.created":
      return withReservation(state, event.reservation, null, at);
    case "reservation.updated":
      return withReservation(state, event.reservation, event.went_to, at);
    case "task.updated":
      return withTask(state, event.task);
    case "worker.updated": {
      const { worker } = event;
      const known = state.workers.some((w) => w.id === worker.id);
      const view = { id: worker.id, name: worker.name, activity: worker.activity, connected: worker.connected };
      const workers = known ? state.workers.map((w) => (w.id === worker.id ? view : w)) : [...state.workers, view];
      if (state.worker?.id !== worker.id) return { ...state, workers };
      // An answer may have told of a later change already.
      if (worker.version < state.worker.version) return state;
      const missed = event.cause === "missed_offer" ? { reservation_id: state.missedOffer?.reservation_id ?? "", at: worker.activity_since } : state.missedOffer;
      return { ...state, workers, worker, missedOffer: worker.activity.available ? null : missed };
    }
    case "seen.updated": {
      if (event.worker_id !== state.worker?.id || (state.seen[event.conversation_id] ?? 0) >= event.seq) return state;
      return { ...state, seen: { ...state.seen, [event.conversation_id]: event.seq } };
    }
    case "person.updated":
    case "settings.updated":
      return state; // read anew by the queries that show them
  }
}

/** `answer`: from the reply to a request; an event that overtook it knows more and wins. */
export function withMessage(state: DeskState, message: Message, from: "event" | "answer"): DeskState {
  const { [message.conversation_id]: typing, ...others } = state.typing;
  const ended = typing && message.direction === "in";
  return {
    ...state,
    conversations: from === "event" ? withLast(state.conversations, message) : state.conversations,
    logs: { ...state.logs, [message.conversation_id]: putMessage(state.logs[message.conversation_id], message, from) },
    outbox: message.client_id ? state.outbox.filter((o) => o.client_id !== message.client_id) : state.outbox,
    typing: ended ? others : state.typing,
  };
}

/** The list shows the last message as it is now: what was edited or taken back must not stand there any more. */
function withLast(conversations: DeskState["conversations"], message: Message): DeskState["conversations"] {
  const conversation = conversations[message.conversation_id];
  const last = conversation?.last_message;
  if (!last || last.seq !== message.seq) return conversations;
  return { ...conversations, [conversation.id]: { ...conversation, last_message: { ...last, text: message.text, what: message.unsent_at ? "unsent" : last.what, attachments: message.attachments.length } } };
}

export function withConversation(state: DeskState, conversation: Conversation): DeskState {
  const known = state.conversations[conversation.id];
  if (known && known.version > conversation.version) return state;
  // A task may have moved on by its own event; the newer one stays.
  const task = known?.task && conversation.task && known.task.id === conversation.task.id && known.task.version > conversation.task.version ? known.task : conversation.task;
  return { ...state, conversations: { ...state.conversations, [conversation.id]: { ...conversation, task } } };
}

export function withTask(state: DeskState, task: Task): DeskState {
  const conversation = task.conversation_id ? state.conversations[task.conversation_id] : undefined;
  if (!conversation) return state;
  if (conversation.task && conversation.task.id === task.id && conversation.task.version > task.version) return state;
  if (conversation.task && conversation.task.id !== task.id && conversation.task.created_at > task.created_at) return state;
  return { ...state, conversations: { ...state.conversations, [conversation.id]: { ...conversation, task } } };
}

export function withReservation(state: DeskState, reservation: Reservation, wentTo: string | null, at: number): DeskState {
  // Who looks after the house hears of everybody's offers, and is offered none of them.
  if (reservation.worker_id !== state.worker?.id) return state;
  if (reservation.status === "pending") {
    if (state.reservations[reservation.id]) return { ...state, reservations: { ...state.reservations, [reservation.id]: reservation } };
    const { [reservation.id]: _, ...gone } = state.gone;
    return {
      ...state, gone,
      reservations: { ...state.reservations, [reservation.id]: reservation },
      slots: { ...state.slots, [reservation.id]: state.slots[reservation.id] ?? freeSlot(state.slots) },
    };
  }
  const was = state.reservations[reservation.id];
  const { [reservation.id]: _r, ...reservations } = state.reservations;
  const { [reservation.id]: _s, ...slots } = state.slots;
  const known = state.gone[reservation.id];
  const reason = reasonOf(reservation, wentTo);
  const gone = (was || known) && reason ? { ...state.gone, [reservation.id]: { reservation, wentTo: wentTo ?? known?.wentTo ?? null, reason, at: known?.at ?? at } } : state.gone;
  return { ...withTask(state, reservation.task), reservations, slots, gone };
}

function reasonOf(reservation: Reservation, wentTo: string | null): GoneOffer["reason"] | null {
  if (reservation.status === "timeout") return "missed";
  if (reservation.status === "rescinded") return wentTo ? "taken" : "withdrawn";
  if (reservation.status === "canceled") return "withdrawn";
  return null;
}

function freeSlot(slots: Record<string, number>): number {
  const taken = new Set(Object.values(slots));
  let slot = 1;
  while (taken.has(slot)) slot += 1;
  return slot;
}

// Everything the frame shows, and the one pure function that changes it.
import type { Appearance, Language, Theme } from "../shared/protocol.ts";
import type { Outgoing } from "./outbox.ts";
import type { Problem } from "./problem.ts";
import { DEFAULT_LIMITS, type Limits, type Message, type Visitor } from "./types.ts";

/** connecting: first try; live: socket; polling: sockets are blocked here; offline: no way through. */
export type Net = "connecting" | "live" | "polling" | "offline";
export interface State {
  phase: "loading" | "ready" | "failed" | "refused";
  problem: Problem | null;
  appearance: Appearance;
  theme: Theme;
  language: Language;
  visitor: Visitor | null;
  limits: Limits;
  /** What has to be filled in before the first message; empty = nothing. */
  form: unknown[];
  /** As the server tells it; nothing while it is open. */
  closed: unknown;
  /** Ascending by pos, each id once. */
  messages: Message[];
  /** Older messages exist on the server. */
  more: boolean;
  /** Highest position this device holds without a gap. */
  position: number;
  /** Highest position the visitor has seen. */
  seen: number;
  outbox: Outgoing[];
  net: Net;
  /** Milliseconds since the epoch. */
  offlineSince: number | null;
  typing: { name: string | null } | null;
  /** Name of the agent who is there; null: nobody; undefined: the server has not said. */
  agent: string | null | undefined;
  /** An earlier chat of this browser was found expired; this is a new one. */
  expired: boolean;
  /** Grows when the writer's own unsent words are thrown away, at signing out. */
  wiped: number;
}

export type Change =
  | { type: "look"; appearance: Appearance; theme: Theme }
  | { type: "language"; language: Language }
  | { type: "loading" }
  | { type: "session"; visitor: Visitor; limits: Limits; form: unknown[]; closed: unknown; expired: boolean }
  | { type: "answered" }
  | { type: "visitor"; visitor: Visitor }
  | { type: "history"; items: Message[]; more: boolean; position: number }
  | { type: "older"; items: Message[]; more: boolean }
  /** New or changed. `inOrder`: from the stream, which leaves no gap; the answer to a sent message may have overtaken others. */
  | { type: "messages"; items: Message[]; inOrder: boolean }
  | { type: "position"; position: number }
  | { type: "queued"; item: Outgoing }
  | { type: "outgoing"; clientId: string; state: Outgoing["state"]; problem: Problem | null }
  | { type: "dropped"; clientId: string }
  | { type: "net"; net: Net; now: number }
  | { type: "typing"; on: boolean; name: string | null }
  | { type: "agent"; name: string | null; present: boolean }
  | { type: "seen"; position: number }
  | { type: "failed"; problem: Problem }
  | { type: "refused"; problem: Problem }
  /** The visitor signed out, or came back as somebody else: nothing of before may stay. */
  | { type: "forgotten" }
  | { type: "wiped" };

export function initial(appearance: Appearance, theme: Theme, language: Language, outbox: Outgoing[], seen: number): State {
  return {
    phase: "loading", problem: null, appearance, theme, language, visitor: null, limits: DEFAULT_LIMITS, form: [], closed: null,
    messages: [], more: false, position: 0, seen, outbox, net: "connecting", offlineSince: null, typing: null, agent: undefined, expired: false, wiped: 0,
  };
}

export function apply(state: State, change: Change): State {
  switch (change.type) {
    case "look":
      return { ...state, appearance: change.appearance, theme: change.theme };
    case "language":
      return { ...state, language: change.language };
    case "loading":
      return { ...state, phase: "loading", problem: null };
    case "session":
      return { ...state, phase: state.phase === "ready" ? "ready" : "loading", problem: null, visitor: change.visitor, limits: change.limits, form: change.form, closed: change.closed, expired: state.expired || change.expired };
    case "answered":
      return { ...state, form: [] };
    case "visitor":
      return { ...state, visitor: change.visitor };
    case "history":
      return confirmed({ ...state, phase: "ready", messages: merge(state.messages, change.items), more: change.more, position: Math.max(state.position, change.position, last(change.items)) });
    case "older":
      return confirmed({ ...state, messages: merge(state.messages, change.items), more: change.more });
    case "messages":
      return incoming(state, change.items, change.inOrder);
    case "position":
      return { ...state, position: Math.max(state.position, change.position) };
    case "queued":
      return { ...state, outbox: [...state.outbox, change.item] };
    case "outgoing":
      return { ...state, outbox: state.outbox.map((item) => (item.clientId === change.clientId ? { ...item, state: change.state, problem: change.problem } : item)) };
    case "dropped":
      return { ...state, outbox: state.outbox.filter((item) => item.clientId !== change.clientId) };
    case "net":
      return { ...state, net: change.net, offlineSince: change.net === "offline" ? (state.offlineSince ?? change.now) : null, typing: change.net === "live" ? state.typing : null };
    case "typing":
      return { ...state, typing: change.on ? { name: change.name } : null };
    case "agent":
      return { ...state, agent: change.present ? change.name : null };
    case "seen":
      return change.position > state.seen ? { ...state, seen: change.position } : state;
    case "failed":
      return { ...state, phase: state.phase === "ready" ? "ready" : "failed", problem: change.problem };
    case "refused":
      return { ...state, phase: "refused", problem: change.problem };
    case "forgotten":
      return { ...initial(state.appearance, state.theme, state.language, [], 0), net: state.net, offlineSince: state.offlineSince, wiped: state.wiped };
    case "wiped":
      return { ...state, wiped: state.wiped + 1 };
  }
}

function incoming(state: State, items: Message[], inOrder: boolean): State {
  const arrived = items.some((item) => item.pos > state.position && item.from !== "me");
  return confirmed({ ...state, messages: merge(state.messages, items), position: inOrder || last(items) === state.position + 1 ? Math.max(state.position, last(items)) : state.position, typing: arrived ? null : state.typing });
}

/** Leaves out of the outbox what has come back as a message. */
function confirmed(state: State): State {
  const known = new Set(state.messages.map((message) => message.clientId));
  const outbox = state.outbox.filter((item) => !known.has(item.clientId));
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

const RANK = { sent: 0, delivered: 1, read: 2 } as const;

/** Replaces by id and keeps the order. What was read never becomes unread by a late copy. */
export function merge(old: Message[], news: Message[]): Message[] {
  const byId = new Map(old.map((message) => [message.id, message]));
  for (const message of news) {
    const before = byId.get(message.id);
    byId.set(message.id, before && RANK[before.state] > RANK[message.state] ? { ...message, state: before.state } : message);
  }
  return [...byId.values()].toSorted((a, b) => a.pos - b.pos);
}

/** Messages of the other side which the visitor has not seen. */
export function unread(state: State): number {
  return state.messages.filter((message) => message.pos > state.seen && (message.from === "agent" || message.from === "bot")).length;
}

/** Who answers: what the server said, else what the notices in the log tell. */
export function agentName(state: State): string | null {
  if (state.agent !== undefined) return state.agent;
  for (const message of state.messages.toReversed()) {
    if (message.from === "agent") return message.name;
    if (message.notice?.kind === "joined") return message.notice.params["name"] ?? message.name;
    if (message.notice) return null;
  }
  return null;
}

function last(items: Message[]): number {
  return items.reduce((highest, item) => Math.max(highest, item.pos), 0);
}

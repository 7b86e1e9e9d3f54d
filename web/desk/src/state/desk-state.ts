// What a desk knows: server facts by id, plus what this browser still owes the server (the outbox).
// Forms, hover and open dialogs are not here.
import type { Shared } from "../composer/shared/shared.ts";
import type { Activity, Attachment, CannedReply, Card, Conversation, Message, Problem, Reservation, Worker, Quote } from "@seaway/api/types";

export interface DeskState {
  phase: "loading" | "ready";
  /** Number of the last applied event. */
  position: number;
  /** Server clock minus this machine's clock, in milliseconds. */
  skew_ms: number;
  worker: Worker | null;
  activities: Activity[];
  workers: { id: string; name: string; activity: Activity; connected: boolean }[];
  queues: { id: string; name: string }[];
  flows: { id: string; name: string }[];
  dispositions: string[];
  cannedReplies: CannedReply[];
  reservations: Record<string, Reservation>;
  /** The key (1…) an offer answers to for as long as it lives. */
  slots: Record<string, number>;
  conversations: Record<string, Conversation>;
  logs: Record<string, Log>;
  /** How far this worker has read, per conversation. */
  seen: Record<string, number>;
  outbox: Outgoing[];
  typing: Record<string, { name: string; until: number }>;
  /** Offers that ended without us, shown for ten seconds. */
  gone: Record<string, GoneOffer>;
  missedOffer: { reservation_id: string; at: string } | null;
  line: Line;
}

/** One conversation's messages, ascending by seq, without doubles. */
export interface Log {
  items: Message[];
  /** False until the latest page was read; events may already lie in `items`. */
  loaded: boolean;
  /** Older messages exist on the server. */
  more: boolean;
}

export interface Outgoing {
  client_id: string;
  conversation_id: string;
  thread_id: string | null;
  text: string;
  private: boolean;
  attachments: Attachment[];
  /** The message it answers. */
  reply_to?: Quote | null;
  /** An approved text, of which `text` is what comes. */
  template?: { name: string; language: string; values: string[] } | null;
  /** Who else gets a letter; without it, whoever got the last one. */
  copies?: { cc: string[]; bcc: string[] } | null;
  cards?: Card[];
  /** Answers offered below the text. */
  choices?: string[];
  /** A place and a person that go with it. */
  shared?: Shared;
  /** Milliseconds since 1970. */
  at: number;
  state: "waiting" | "sending" | "failed";
  problem: Problem | null;
}

export interface GoneOffer { reservation: Reservation; wentTo: string | null; reason: "missed" | "taken" | "withdrawn"; at: number }

/** The event stream. `since`: when it was lost, in milliseconds since 1970. */
export type Line = { up: true } | { up: false; since: number };

export const EMPTY_LOG: Log = { items: [], loaded: false, more: true };

export const EMPTY_DESK: DeskState = {
  phase: "loading", position: 0, skew_ms: 0, worker: null, activities: [], workers: [], queues: [], flows: [], dispositions: [], cannedReplies: [],
  reservations: {}, slots: {}, conversations: {}, logs: {}, seen: {}, outbox: [], typing: {}, gone: {}, missedOffer: null, line: { up: true },
};

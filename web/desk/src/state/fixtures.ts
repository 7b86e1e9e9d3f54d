// Builders for tests of the desk's facts: whole nouns with only what matters said.
import type { Conversation, Desk, Message, Reservation, StreamFrame, DeskEvent, Task, Worker } from "@seaway/api/types";

export const T0 = Date.parse("2026-11-21T09:00:00Z");
export const later = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
const mark = { kind: "webchat", account_id: "KA1", name: "Shop", address: "shop.example" };

export function aWorker(change: Partial<Worker> = {}): Worker {
  return { id: "WK1", name: "Ana", activity: { id: "A1", name: "Available", available: true }, activity_since: later(0), connected: true, attributes: "{}", channels: [], user_id: "US1", version: 1, ...change };
}
export function aTask(change: Partial<Task> = {}): Task {
  return { id: "WT1", status: "assigned", priority: 0, queue: null, workflow_id: null, channel: "webchat", attributes: "{}", conversation_id: "CH1", reason: null, disposition: null, created_at: later(0), waiting_since: later(0), assigned_at: later(1), wrap_up_until: null, worker: { id: "WK1", name: "Ana" }, version: 1, ...change };
}
export function aConversation(change: Partial<Conversation> = {}): Conversation {
  const id = change.id ?? "CH1";
  return {
    id, state: "open", holder: "task", created_at: later(0), closed_at: null, closed_reason: null, contact: { id: "KC1", person_id: "KP1", name: "Mira", address: "mira@post.example", language: "en", vip: false },
    channel: mark, subject: null, threads: [], last_seq: 1, last_message: null, waiting_since: null, task: aTask({ id: `WT-${id}`, conversation_id: id }), worker: { id: "WK1", name: "Ana" }, customer_present: true,
    composer: { splits: false, stickers: false, text_limit: 1000, text_unit: "chars", max_attachments: 10, attachment_types: ["image/*"], max_attachment_bytes: 1024, max_picture_bytes: 1024, typing: true, read_receipts: true, delivery_receipts: true, letters: false, quotes: false, reacts: false, reactions: [], cards: null, edits: false, unsends: false, choices: null, templates: false, reply_window_s: null, ended: null }, opted_out: false, reply_until: null, tag_from: null, version: 1, ...change,
  };
}
export function aMessage(seq: number, change: Partial<Message> = {}): Message {
  return { id: `IM${seq}`, conversation_id: "CH1", thread_id: null, seq, client_id: null, author: { kind: "contact", id: "KC1", name: "Mira" }, direction: "in", private: false, text: `message ${seq}`, attachments: [], state: "delivered", problem: null, parts: 1, created_at: later(seq), provider_at: null, sent_at: null, delivered_at: null, read_at: null, notice: null, extras: [], choices: [], cards: [], choice: null, reply_to: null, reactions: [], earlier: [], unsent_at: null, unsent_by: "", revision: null, template: null, known_to_provider: false, ...change };
}
export function mine(seq: number, change: Partial<Message> = {}): Message {
  return aMessage(seq, { author: { kind: "worker", id: "WK1", name: "Ana" }, direction: "out", state: "queued", ...change });
}
export function byBot(seq: number, change: Partial<Message> = {}): Message {
  return aMessage(seq, { author: { kind: "bot", id: "B1", name: "Tide" }, direction: "out", state: "read", ...change });
}
export function anOffer(id: string, change: Partial<Reservation> = {}): Reservation {
  return { id, task: aTask({ id: `WT-${id}`, status: "reserved", conversation_id: `CH-${id}`, worker: null }), worker_id: "WK1", status: "pending", created_at: later(0), deadline_at: later(20), accepted_at: null, why: { filter: null, queue: null, chosen: [], others: [], counted: [] }, contact: null, preview: "Hello", what: "", channel: mark, ...change };
}
export function aDesk(change: Partial<Desk> = {}): Desk {
  return { position: 10, now: later(0), worker: aWorker(), activities: [], reservations: [], conversations: [aConversation()], canned_replies: [], workers: [], queues: [], dispositions: [], flows: [], seen: {}, missed_offer: null, ...change };
}
export function event(seq: number, what: DeskEvent): StreamFrame {
  return { type: "event", seq, at: later(seq), event: what };
}

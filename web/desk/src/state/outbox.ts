// What was written and has not been confirmed. Kept in this browser, one entry a key, so that tabs do not overwrite each other;
// sent in order per conversation, always with the same client_id, so that sending twice is sending once.
import type { Message } from "@seaway/api/types";
import { asRefusal, http, ws } from "../api/http.ts";
import { cardsBody } from "../composer/cards.ts";
import type { Change } from "./apply.ts";
import type { DeskState, Outgoing } from "./desk-state.ts";

export function outboxKey(worker: string, clientId = ""): string {
  return `seaway.outbox.${worker}.${clientId}`;
}

export function loadOutbox(storage: Storage, worker: string): Outgoing[] {
  const found: Outgoing[] = [];
  for (let index = 0; index < storage.length; index += 1) {
    const key = storage.key(index);
    if (!key?.startsWith(outboxKey(worker))) continue;
    try {
      const entry = JSON.parse(storage.getItem(key) ?? "") as Outgoing;
      found.push({ ...entry, state: entry.state === "failed" ? "failed" : "waiting" });
    } catch {
      storage.removeItem(key);
    }
  }
  return found.toSorted((a, b) => a.at - b.at);
}

/** Writes what changed between two states; entries that left the outbox are confirmed or withdrawn. */
export function saveOutbox(storage: Storage, worker: string, before: Outgoing[], after: Outgoing[]): void {
  for (const entry of before) if (!after.some((o) => o.client_id === entry.client_id)) storage.removeItem(outboxKey(worker, entry.client_id));
  for (const entry of after) if (!before.includes(entry)) storage.setItem(outboxKey(worker, entry.client_id), JSON.stringify(entry));
}

/** The next message to send in each conversation: the first of its line, unless that one failed or is under way. */
export function nextToSend(outbox: Outgoing[]): Outgoing[] {
  const heads = new Map<string, Outgoing>();
  for (const entry of outbox) {
    if (entry.state === "failed") continue;
    if (!heads.has(entry.conversation_id)) heads.set(entry.conversation_id, entry);
  }
  return [...heads.values()].filter((entry) => entry.state === "waiting");
}

export interface OutboxPorts {
  get: () => DeskState;
  dispatch: (change: Change) => void;
  /** Called after a failure that another try may mend, with the milliseconds to wait. */
  later: (ms: number) => void;
}

const RETRY_MS = 3_000;

/** Sends every head once. Call it after each change of outbox or line. */
export function pumpOutbox(ports: OutboxPorts): void {
  for (const entry of nextToSend(ports.get().outbox)) {
    ports.dispatch({ type: "outgoing.state", client_id: entry.client_id, state: "sending", problem: null });
    void send(entry, ports);
  }
}

async function send(entry: Outgoing, ports: OutboxPorts): Promise<void> {
  const body = {
    client_id: entry.client_id, text: entry.text, private: entry.private,
    attachment_ids: entry.attachments.map((a) => a.id), ...(entry.thread_id ? { thread_id: entry.thread_id } : {}),
    ...(entry.reply_to ? { reply_to: entry.reply_to.message_id } : {}), ...(entry.template ? { template: entry.template } : {}), ...(entry.copies ? { copies: entry.copies } : {}), ...(entry.cards?.length ? { cards: cardsBody(entry.cards) } : {}), ...(entry.choices?.length ? { choices: entry.choices } : {}), ...entry.shared,
  };
  try {
    const message = await http.post<Message>(ws(`/conversations/${entry.conversation_id}/messages`), body, { idempotencyKey: entry.client_id });
    ports.dispatch({ type: "message", message });
    ports.dispatch({ type: "outgoing.dropped", client_id: entry.client_id });
  } catch (thrown) {
    const refusal = asRefusal(thrown);
    const mayMend = refusal.status === 0 || refusal.status === 401 || refusal.status === 429 || refusal.status >= 500;
    ports.dispatch({ type: "outgoing.state", client_id: entry.client_id, state: mayMend ? "waiting" : "failed", problem: refusal.problem });
    if (mayMend) ports.later(RETRY_MS);
  }
}

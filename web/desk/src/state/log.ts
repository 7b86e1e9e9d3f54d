// Keeping one conversation's messages ascending, whole and single.
import type { Message, MessageState } from "@seaway/api/types";
import { EMPTY_LOG, type Log } from "./desk-state.ts";

const RANK: Record<MessageState, number> = { queued: 0, sending: 1, uncertain: 2, failed: 3, sent: 3, delivered: 4, read: 5 };

/** Puts a message in its place. An event always replaces; an answer only adds what is not there yet. */
export function putMessage(log: Log = EMPTY_LOG, message: Message, from: "event" | "answer"): Log {
  const index = log.items.findIndex((m) => m.id === message.id);
  if (index >= 0) {
    if (from === "answer") return log;
    return { ...log, items: log.items.with(index, message) };
  }
  let place = log.items.length;
  while (place > 0 && (log.items[place - 1]?.seq ?? 0) > message.seq) place -= 1;
  return { ...log, items: log.items.toSpliced(place, 0, message) };
}

/** Joins a page read from the server with what events brought meanwhile; of two copies the further state wins. */
export function mergeLog(log: Log = EMPTY_LOG, page: Message[], more: boolean, part: "latest" | "earlier"): Log {
  // A latest page read after a pause starts anew unless it touches what we hold: a hole must not look like a whole.
  const first = page[0]?.seq ?? 0;
  const lastHeld = log.items.at(-1)?.seq ?? 0;
  const touches = log.items.length === 0 || part === "earlier" || !more || first <= lastHeld + 1;
  const held = touches ? log.items : log.items.filter((m) => m.seq > first);
  const byId = new Map(page.map((m) => [m.id, m]));
  for (const message of held) {
    const read = byId.get(message.id);
    if (!read || RANK[message.state] > RANK[read.state]) byId.set(message.id, message);
  }
  const items = [...byId.values()].toSorted((a, b) => a.seq - b.seq);
  const keepsOlder = part === "latest" && touches && log.items.length > 0 && (log.items[0]?.seq ?? 0) < first;
  return { items, loaded: true, more: keepsOlder ? log.more : more };
}

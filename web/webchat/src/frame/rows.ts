// The log as rows to draw: days, notices and grouped bubbles. Pure, so that grouping is tested without a browser.
import type { Outgoing } from "./outbox.ts";
import type { State } from "./state.ts";
import type { Message } from "./types.ts";

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "notice"; key: string; message: Message }
  | { kind: "expired"; key: string }
  | { kind: "greeting"; key: string; text: string }
  /** `meta`: draws who, when and how far below itself. */
  | { kind: "bubble"; key: string; message: Message; meta: boolean }
  | { kind: "outgoing"; key: string; item: Outgoing; meta: boolean };

/** Messages closer than this (ms), of one sender, share one line of name and time. */
const GROUP_MS = 5 * 60_000;

export function rows(state: State): Row[] {
  const made: Row[] = [];
  if (state.expired) made.push({ kind: "expired", key: "expired" });
  const greeting = state.appearance.greeting[state.language];
  let today = "";
  const before = new Map<Message["from"], { message: Message; meta: boolean }>();
  for (const message of state.messages) {
    const date = new Date(message.at).toDateString();
    if (date !== today) {
      made.push({ kind: "day", key: `day ${date}`, at: message.at });
      today = date;
      before.clear();
    }
    if (message.notice || message.from === "system") {
      made.push({ kind: "notice", key: message.id, message });
      before.clear();
      continue;
    }
    const same = before.get(message.from);
    if (same && quiet(same.message, message)) same.meta = false;
    const row = { kind: "bubble" as const, key: message.clientId ?? message.id, message, meta: true };
    made.push(row);
    before.set(message.from, row);
  }
  // The greeting belongs to the first day, below its line.
  if (greeting && !state.more && state.phase === "ready") {
    const firstDay = made.findIndex((row) => row.kind === "day");
    made.splice(firstDay < 0 ? made.length : firstDay + 1, 0, { kind: "greeting", key: "greeting", text: greeting });
  }
  for (const item of state.outbox) {
    const previous = made.at(-1);
    // One line of state is enough for equals, but a failed one has its own to say.
    if (previous?.kind === "outgoing" && previous.item.state === item.state && item.state !== "failed") previous.meta = false;
    made.push({ kind: "outgoing", key: item.clientId, item, meta: true });
  }
  return made;
}

/** Whether the later of two messages of one side says it all: same sender, same state, about the same time. */
function quiet(earlier: Message, later: Message): boolean {
  return earlier.name === later.name && earlier.state === later.state && Date.parse(later.at) - Date.parse(earlier.at) < GROUP_MS;
}

/** The answers offered by the newest message; gone as soon as the visitor said anything. */
export function choices(state: State): string[] {
  if (state.outbox.length > 0) return [];
  const newest = state.messages.findLast((message) => !message.notice);
  return newest && newest.from !== "me" ? (newest.choices ?? []) : [];
}

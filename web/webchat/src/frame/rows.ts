// The log as rows to draw: days, notices and grouped bubbles. Pure, so that grouping is tested without a browser.
import type { Outgoing, Upload } from "./outbox.ts";
import type { State } from "./state.ts";
import type { Message } from "./types.ts";

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "notice"; key: string; message: Message }
  | { kind: "expired"; key: string }
  | { kind: "greeting"; key: string; text: string }
  | { kind: "bubble"; key: string; message: Message; first: boolean; last: boolean }
  | { kind: "outgoing"; key: string; item: Outgoing; uploads: Upload[]; first: boolean; last: boolean };

/** Messages closer than this (ms), of one sender, stand as one group. */
const GROUP_MS = 5 * 60_000;

export function rows(state: State): Row[] {
  const made: Row[] = [];
  if (state.expired) made.push({ kind: "expired", key: "expired" });
  const greeting = state.appearance.greeting[state.language];
  if (greeting && !state.more && state.phase === "ready") made.push({ kind: "greeting", key: "greeting", text: greeting });
  let today = "";
  let before: Message | undefined;
  for (const message of state.messages) {
    const date = new Date(message.at).toDateString();
    if (date !== today) {
      made.push({ kind: "day", key: `day ${date}`, at: message.at });
      today = date;
      before = undefined;
    }
    if (message.notice || message.from === "system") {
      made.push({ kind: "notice", key: message.id, message });
      before = undefined;
      continue;
    }
    const together = before !== undefined && before.from === message.from && before.name === message.name && Date.parse(message.at) - Date.parse(before.at) < GROUP_MS;
    const previous = made.at(-1);
    if (together && previous?.kind === "bubble") previous.last = false;
    made.push({ kind: "bubble", key: message.clientId ?? message.id, message, first: !together, last: true });
    before = message;
  }
  state.outbox.forEach((item, index) => {
    const previous = made.at(-1);
    const joins = index > 0 || (previous?.kind === "bubble" && previous.message.from === "me");
    // One line of state per group is enough, unless a failed one has its own to say.
    if (previous?.kind === "outgoing" && previous.item.state === item.state && item.state !== "failed") previous.last = false;
    made.push({ kind: "outgoing", key: item.clientId, item, uploads: item.uploads, first: !joins, last: true });
  });
  return made;
}

/** The answers offered by the newest message; gone as soon as the visitor said anything. */
export function choices(state: State): string[] {
  if (state.outbox.length > 0) return [];
  const newest = state.messages.findLast((message) => !message.notice);
  return newest && newest.from !== "me" ? (newest.choices ?? []) : [];
}

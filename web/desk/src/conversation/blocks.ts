// How a log is drawn: days, groups of bubbles, notes, lines, and the bot's part as one folded line. Pure.
import type { Author, Message } from "@seaway/api/types";

export type Block =
  | { kind: "day"; key: string; at: string }
  | { kind: "group"; key: string; author: Author; direction: "in" | "out"; messages: Message[] }
  | { kind: "note"; key: string; message: Message }
  | { kind: "notice"; key: string; message: Message }
  | { kind: "fold"; key: string; bot: string; answers: number; from: string; until: string; taken: Taken | null; blocks: Block[] };

/** Who took a conversation over from the bot, and how long after its last word. */
export interface Taken { worker: string; name: string; after_s: number }

/** Messages of one author closer than this, in milliseconds, stand together. */
const TOGETHER_MS = 5 * 60_000;

/** `foldLast`: also the last bot part, which is wanted once an agent holds the conversation. */
export function blocksOf(messages: Message[], foldLast: boolean): Block[] {
  const blocks: Block[] = [];
  const parts = botParts(messages, foldLast);
  for (const [at, part] of parts.entries()) {
    if (!part.folded) {
      append(blocks, part.messages);
      continue;
    }
    const first = part.messages[0];
    const bots = part.messages.filter((m) => m.author.kind === "bot");
    if (!first) continue;
    day(blocks, first);
    const until = part.messages.at(-1)?.created_at ?? first.created_at;
    const next = parts[at + 1];
    blocks.push({ kind: "fold", key: `fold-${first.id}`, bot: bots[0]?.author.name ?? "", answers: bots.length, from: first.created_at, until, taken: next && !next.folded ? takenOver(next.messages, until) : null, blocks: withoutFirstDay(append([], part.messages)) });
  }
  return blocks;
}

/** A bot part runs from where no agent was involved to the bot's last word before an agent speaks. The customer's last words stay to be read. */
function botParts(messages: Message[], foldLast: boolean): { folded: boolean; messages: Message[] }[] {
  const parts: { folded: boolean; messages: Message[] }[] = [];
  let run: Message[] = [];
  const close = (mayFold: boolean) => {
    const lastBot = run.findLastIndex((m) => m.author.kind === "bot");
    const lastSaid = run.findLastIndex((m) => m.direction === "in");
    const end = lastSaid >= 0 && lastSaid < lastBot ? lastSaid : lastBot + 1;
    if (mayFold && run.slice(0, end).some((m) => m.author.kind === "bot")) {
      parts.push({ folded: true, messages: run.slice(0, end) });
      if (end < run.length) parts.push({ folded: false, messages: run.slice(end) });
    } else if (run.length > 0) parts.push({ folded: false, messages: run });
    run = [];
  };
  for (const message of messages) {
    if (message.author.kind === "worker" || message.author.kind === "elsewhere") {
      close(true);
      const last = parts.at(-1);
      if (last && !last.folded) last.messages.push(message);
      else parts.push({ folded: false, messages: [message] });
    } else run.push(message);
  }
  close(foldLast);
  return parts;
}

/** The first agent who joined after the bot: whoever a transfer brought later took over from that agent. */
function takenOver(after: Message[], until: string): Taken | null {
  const joined = after.find((m) => m.notice?.kind === "joined");
  const { worker_id: worker = "", name = "" } = joined?.notice?.params ?? {};
  return joined && name ? { worker, name, after_s: Math.max(0, Math.round((Date.parse(joined.created_at) - Date.parse(until)) / 1_000)) } : null;
}

/** The day already stands above the folded line. */
function withoutFirstDay(blocks: Block[]): Block[] {
  return blocks[0]?.kind === "day" ? blocks.slice(1) : blocks;
}

function append(blocks: Block[], messages: Message[]): Block[] {
  for (const message of messages) {
    day(blocks, message);
    if (message.private && !message.notice) blocks.push({ kind: "note", key: message.id, message });
    else if (message.notice || message.direction === "none") blocks.push({ kind: "notice", key: message.id, message });
    else {
      const last = blocks.at(-1);
      if (last?.kind === "group" && belongs(last.messages.at(-1), message)) last.messages.push(message);
      else blocks.push({ kind: "group", key: message.id, author: message.author, direction: message.direction, messages: [message] });
    }
  }
  return blocks;
}

function belongs(before: Message | undefined, message: Message): boolean {
  if (!before || before.direction !== message.direction || before.author.kind !== message.author.kind || before.author.id !== message.author.id) return false;
  if (asks(before) || asks(message)) return false;
  return Date.parse(message.created_at) - Date.parse(before.created_at) < TOGETHER_MS;
}

/** Somebody has to decide what becomes of it, so it is not hidden among others. */
function asks(message: Message): boolean {
  return message.state === "failed" || message.state === "uncertain";
}

function day(blocks: Block[], message: Message): void {
  const last = blocks.findLast((block) => block.kind === "day");
  if (last?.kind === "day" && new Date(last.at).toDateString() === new Date(message.created_at).toDateString()) return;
  blocks.push({ kind: "day", key: `day-${message.id}`, at: message.created_at });
}

/** Behind this much a customer's words are late: when they were written says more than when they came. */
const LATE_MS = 5 * 60_000;

/** When a message was written, where that was well before it came. */
export function writtenEarlier({ direction, provider_at: written, created_at: came }: Pick<Message, "direction" | "provider_at" | "created_at">): string | null {
  return direction === "in" && written !== null && Date.parse(came) - Date.parse(written) > LATE_MS ? written : null;
}

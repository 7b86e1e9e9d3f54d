// Questions asked of the desk's facts. Pure; screens call them through `useDesk`.
import type { Conversation, Message, Reservation } from "@seaway/api/types";
import type { DeskState } from "./desk-state.ts";

/** Offers in the order they came, each with the number its keys use. */
export function offersOf(state: DeskState): { reservation: Reservation; slot: number }[] {
  return Object.values(state.reservations)
    .filter((r) => r.status === "pending")
    .map((reservation) => ({ reservation, slot: state.slots[reservation.id] ?? 0 }))
    .toSorted((a, b) => a.slot - b.slot);
}

/** The offer that runs out first: its Accept is the one filled button. */
export function firstToRunOut(state: DeskState): string | null {
  const pending = Object.values(state.reservations).filter((r) => r.deadline_at);
  return pending.toSorted((a, b) => (a.deadline_at ?? "").localeCompare(b.deadline_at ?? ""))[0]?.id ?? null;
}

function mine(state: DeskState, status: "assigned" | "wrapping"): Conversation[] {
  const me = state.worker?.id;
  return Object.values(state.conversations).filter((c) => c.task?.status === status && (!c.task.worker || c.task.worker.id === me));
}

/** My open tasks: who has waited longest for an answer stands first, then the latest talk. */
export function activeOf(state: DeskState): Conversation[] {
  return mine(state, "assigned").toSorted((a, b) => {
    if (a.waiting_since && b.waiting_since) return a.waiting_since.localeCompare(b.waiting_since);
    if (a.waiting_since) return -1;
    if (b.waiting_since) return 1;
    return (b.last_message?.at ?? b.created_at).localeCompare(a.last_message?.at ?? a.created_at);
  });
}

export function wrappingOf(state: DeskState): Conversation[] {
  return mine(state, "wrapping").toSorted((a, b) => (a.task?.wrap_up_until ?? "").localeCompare(b.task?.wrap_up_until ?? ""));
}

export function isMine(state: DeskState, conversation: Conversation): boolean {
  return conversation.task !== null && (conversation.task.status === "assigned" || conversation.task.status === "wrapping") && conversation.task.worker?.id === state.worker?.id;
}

/** What the customer said to us and this worker has not had in sight. What the bot answered is the bot's: it lies folded. */
function unseen(state: DeskState, conversation: Conversation): Message[] {
  const items = state.logs[conversation.id]?.items ?? [];
  const bots = items.findLast((m) => m.author.kind === "bot")?.seq ?? 0;
  const from = Math.max(state.seen[conversation.id] ?? 0, bots);
  return items.filter((m) => m.direction === "in" && m.seq > from);
}

export function unreadOf(state: DeskState, conversation: Conversation): number {
  const log = state.logs[conversation.id];
  const last = conversation.last_message;
  if (!log?.loaded && unseen(state, conversation).length === 0) return last?.author.kind === "contact" && last.seq > (state.seen[conversation.id] ?? 0) ? 1 : 0;
  return unseen(state, conversation).length;
}

/** Up to which number this worker may honestly say to know the talk; completing further than that is refused by the server. */
export function knownUpTo(state: DeskState, conversation: Conversation): number {
  const first = unseen(state, conversation)[0];
  return first ? first.seq - 1 : (state.logs[conversation.id]?.items.at(-1)?.seq ?? 0);
}

export function unreadTotal(state: DeskState): number {
  return activeOf(state).reduce((sum, c) => sum + unreadOf(state, c), 0);
}

/** The last thing of ours that did not go out. */
export function lastFailure(items: Message[]): Message | null {
  const last = items.findLast((m) => m.direction !== "none" && !m.private);
  return last?.direction === "out" && last.state === "failed" ? last : null;
}

/** The server's "now" in milliseconds since 1970, given ours. */
export function serverNow(state: DeskState, ours: number): number {
  return ours + state.skew_ms;
}

/** Rows keep their places while `held`; those that came meanwhile wait behind the pill. */
export function holdOrder(shown: string[], fresh: string[], held: boolean): { order: string[]; waiting: number } {
  if (!held) return { order: fresh, waiting: 0 };
  const stays = shown.filter((id) => fresh.includes(id));
  return { order: stays, waiting: fresh.length - stays.length };
}

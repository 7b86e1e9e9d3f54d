// Samples for the tests.
import { DEFAULT_APPEARANCE } from "../shared/protocol.ts";
import { apply, initial, type Change, type State } from "./state.ts";
import type { Message } from "./types.ts";

export function message(pos: number, given: Partial<Message> = {}): Message {
  return { id: `IM${pos}`, pos, clientId: null, from: "agent", name: "Ana", text: `text ${pos}`, attachments: [], at: new Date(Date.UTC(2026, 9, 2, 14, pos)).toISOString(), state: "sent", notice: null, choices: null, cards: [], extras: [], edited: false, unsent: false, ...given };
}
export function after(changes: Change[], start: State = initial(DEFAULT_APPEARANCE, "light", "en", [], 0)): State {
  return changes.reduce(apply, start);
}
export function outgoing(clientId: string, text = clientId): Extract<Change, { type: "queued" }> {
  return { type: "queued", item: { clientId, text, uploads: [], at: "2026-10-02T14:00:00Z", state: "waiting", problem: null } };
}

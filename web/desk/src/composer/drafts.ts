// What was begun and not sent, per conversation, kept in this browser under the worker's name.
import type { Attachment } from "@seaway/api/types";
import { useCallback, useSyncExternalStore } from "react";
import { useMe } from "../session/session.tsx";
import { isBlank, type CardDraft } from "./cards.ts";
import type { PersonDraft, PlaceDraft } from "./shared/shared.ts";

export interface Draft { reply: string; note: string; attachments: Attachment[]; /** Who else gets a letter, as typed; null = whoever got the last one. */ copies: { cc: string; bcc: string } | null; /** Beside the reply. */ cards: CardDraft[]; /** Answers to offer below the reply, as typed; null = none. */ choices: string[] | null; place: PlaceDraft | null; person: PersonDraft | null }
const EMPTY: Draft = { reply: "", note: "", attachments: [], copies: null, cards: [], choices: null, place: null, person: null };

const cache = new Map<string, Draft>();
const listeners = new Set<() => void>();
// Another tab wrote: what we remembered of that draft is old.
globalThis.addEventListener?.("storage", (event) => {
  if (event.key?.startsWith("seaway.draft.")) {
    cache.delete(event.key);
    listeners.forEach((tell) => tell());
  }
});

function keyOf(owner: string, conversationId: string): string {
  return `seaway.draft.${owner}.${conversationId}`;
}

export function readDraft(owner: string, conversationId: string): Draft {
  const key = keyOf(owner, conversationId);
  const known = cache.get(key);
  if (known) return known;
  let draft = EMPTY;
  try {
    const stored = localStorage.getItem(key);
    if (stored) draft = { ...EMPTY, ...(JSON.parse(stored) as Partial<Draft>) };
  } catch {
    // A broken entry is an empty draft.
  }
  cache.set(key, draft);
  return draft;
}

export function writeDraft(owner: string, conversationId: string, change: Partial<Draft>): void {
  const key = keyOf(owner, conversationId);
  const draft = { ...readDraft(owner, conversationId), ...change };
  cache.set(key, draft);
  if (draft.reply || draft.note || draft.attachments.length > 0 || draft.copies || !draft.cards.every(isBlank) || draft.place || draft.person || draft.choices?.some((choice) => choice.trim())) localStorage.setItem(key, JSON.stringify(draft));
  else localStorage.removeItem(key);
  listeners.forEach((tell) => tell());
}

export function useDraftOwner(): string {
  const me = useMe();
  return me.worker?.id ?? me.user.id;
}

export function useDraft(conversationId: string): Draft {
  const owner = useDraftOwner();
  const subscribe = useCallback((listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return useSyncExternalStore(subscribe, () => readDraft(owner, conversationId));
}

// What the server would make of the message on this channel, asked a moment after the last change.
import type { Conversation, Preview } from "@seaway/api/types";
import { useEffect, useState } from "react";
import { http, ws } from "../../api/http.ts";
import { asCards, cardsBody, isBlank, type CardDraft } from "../cards.ts";

const PAUSE_MS = 250;

export interface Previewed { preview: Preview | null; failed: boolean; busy: boolean }

export function usePreview(conversation: Conversation, text: string, files: readonly string[], cards: readonly CardDraft[]): Previewed {
  const [state, setState] = useState<Previewed>({ preview: null, failed: false, busy: true });
  const shown = cards.filter((card) => !isBlank(card)).map((card) => ({ ...card, buttons: card.buttons.filter((button) => button.label.trim()) }));
  const body = JSON.stringify({ text, attachment_ids: files, cards: cardsBody(asCards(shown)) });
  // Another channel draws it otherwise.
  const where = `${conversation.id} ${conversation.channel.account_id}`;
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      setState((before) => ({ ...before, busy: true }));
      http.post<Preview>(ws(`/conversations/${where.split(" ")[0]}/preview`), JSON.parse(body), { signal: abort.signal }).then(
        (preview) => !abort.signal.aborted && setState({ preview, failed: false, busy: false }),
        () => !abort.signal.aborted && setState({ preview: null, failed: true, busy: false }),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [where, body]);
  return state;
}

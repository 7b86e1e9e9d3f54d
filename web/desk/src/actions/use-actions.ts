// Joins the list of actions with what is in sight, and listens to the keys.
import type { Conversation } from "@seaway/api/types";
import { toast } from "@seaway/kit/toasts";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMatch, useNavigate } from "react-router";
import { useMe } from "../session/session.tsx";
import { sayRefusal } from "../shell/refusal.ts";
import { ui } from "../shell/ui.ts";
import { useCommands } from "../state/commands.ts";
import { useDeskState } from "../state/desk.tsx";
import { offersOf } from "../state/select.ts";
import { listensTo, type Action, type Hand } from "./action.ts";
import { appActions } from "./app.ts";
import { actionChordOf, isMac, isTyping, offerKeyOf } from "./keys.ts";
import { placeActions } from "./place.ts";
import { taskActions } from "./task.ts";

export const allActions: Action[] = [...taskActions, ...placeActions, ...appActions];

/** Milliseconds between the two keys of a sequence such as G D. */
const SEQUENCE_MS = 1_500;

export function useConversationInSight(): Conversation | null {
  const match = useMatch("/desk/:conversation");
  const state = useDeskState();
  const id = match?.params.conversation;
  return id ? (state.conversations[id] ?? null) : null;
}

export function useHand(): Hand {
  const state = useDeskState();
  const me = useMe();
  const commands = useCommands();
  const navigate = useNavigate();
  const { t } = useTranslation();
  const conversation = useConversationInSight();
  const go = useCallback((path: string) => void navigate(path), [navigate]);
  const fail = useCallback((thrown: unknown) => toast(sayRefusal(t, thrown), { stays_s: 8 }), [t]);
  return useMemo(() => ({ state, me, conversation, commands, ui, go, fail, t }), [state, me, conversation, commands, go, fail, t]);
}

/** Answers an offer; accepted ones open. */
export function useOfferAnswer(): { accept: (slotOrId: number | string) => void; reject: (slotOrId: number | string) => void } {
  const hand = useHand();
  const latest = useRef(hand);
  useEffect(() => {
    latest.current = hand;
  });
  return useMemo(() => {
    const find = (which: number | string) => offersOf(latest.current.state).find((o) => o.slot === which || o.reservation.id === which)?.reservation;
    return {
      accept: (which) => {
        const offer = find(which);
        if (!offer) return;
        latest.current.commands.accept(offer).then(
          (id) => id && latest.current.go(`/desk/${id}`),
          (thrown: unknown) => latest.current.fail(thrown),
        );
      },
      reject: (which) => {
        const offer = find(which);
        if (offer) latest.current.commands.reject(offer).catch((thrown: unknown) => latest.current.fail(thrown));
      },
    };
  }, []);
}

export function useKeys(): void {
  const hand = useHand();
  const answer = useOfferAnswer();
  const latest = useRef(hand);
  useEffect(() => {
    latest.current = hand;
  });

  useEffect(() => {
    const mac = isMac();
    let first: { key: string; at: number } | null = null;

    function onKeyDown(event: KeyboardEvent): void {
      if (event.isComposing || event.defaultPrevented) return;
      const offer = offerKeyOf(event, mac);
      if (offer) {
        // The browser's own meaning (switching tabs) would win otherwise.
        event.preventDefault();
        if (!event.repeat) (offer.reject ? answer.reject : answer.accept)(offer.slot);
        return;
      }
      const typing = isTyping(event.target);
      const covered = document.querySelector("[role=dialog], [role=alertdialog], [role=menu], [role=listbox][data-overlay]") !== null;
      const chord = actionChordOf(event, mac);
      const sequence = first && event.timeStamp - first.at < SEQUENCE_MS ? `${first.key} ${chord}` : null;
      first = null;
      const usable = allActions.filter((a) => !covered || a.id === "app.palette");
      const asked = (by: string) => usable.find((a) => listensTo(a, by, typing) && a.when(latest.current));
      const action = (sequence !== null ? asked(sequence) : undefined) ?? asked(chord);
      if (action) {
        event.preventDefault();
        if (!event.repeat || action.id.startsWith("app.")) void action.run(latest.current);
        return;
      }
      if (!typing && usable.some((a) => !a.local && a.keys?.startsWith(`${chord} `))) first = { key: chord, at: event.timeStamp };
    }
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [answer]);
}

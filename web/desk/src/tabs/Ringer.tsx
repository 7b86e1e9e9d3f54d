// What reaches a person who looks elsewhere: sound, notification, title, favicon, spoken words.
import type { DeskEvent, Message, Reservation } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { sayName } from "../contact/name.ts";
import { useConversationInSight } from "../actions/use-actions.ts";
import { useBrand } from "../session/brand.ts";
import { useMe } from "../session/session.tsx";
import { announce } from "../shell/announce.ts";
import type { DeskState } from "../state/desk-state.ts";
import { useDesk, useDeskState, useLive } from "../state/desk.tsx";
import { activeOf, offersOf, unreadOf } from "../state/select.ts";
import { sayChannel } from "../conversation/channel-name.ts";
import { openClaims } from "./once.ts";
import { setFavicon } from "./favicon.ts";
import { notificationsOn } from "./notify.ts";
import { playCall, playOffer, playTick, unlockSound } from "./sound.ts";

export function Ringer() {
  useRinging();
  useTitle();
  return <TimeWarnings />;
}

/** Only what the customer says, in a task of mine, is worth a tick. */
function isNews(event: DeskEvent, state: DeskState): Message | null {
  if (event.kind !== "message.added" || event.message.direction !== "in") return null;
  const conversation = state.conversations[event.message.conversation_id];
  return conversation?.task?.worker?.id === state.worker?.id && conversation?.task?.status !== "completed" ? event.message : null;
}

function useRinging(): void {
  const { t } = useTranslation();
  const live = useLive();
  const me = useMe();
  const navigate = useNavigate();
  const inSight = useConversationInSight()?.id;
  const shown = useRef(new Map<string, Notification>());
  const owner = me.worker?.id ?? me.user.id;
  const claims = useMemo(() => openClaims(owner), [owner]);
  const now = useRef({ inSight, preferences: me.preferences, t });
  useEffect(() => {
    now.current = { inSight, preferences: me.preferences, t };
  });
  useEffect(() => () => claims.close(), [claims]);

  useEffect(() => {
    const unlock = () => unlockSound();
    addEventListener("pointerdown", unlock);
    addEventListener("keydown", unlock);
    return () => {
      removeEventListener("pointerdown", unlock);
      removeEventListener("keydown", unlock);
    };
  }, []);

  useEffect(() => {
    const notifications = shown.current;
    async function ring(key: string, play: (volume: number) => void): Promise<void> {
      const { preferences } = now.current;
      if (preferences.sound === false || !(await claims.claim(key))) return;
      play(preferences.volume ?? 0.6);
    }
    function notify(tag: string, title: string, body: string, path: string): void {
      // The tag makes the system show one, however many tabs ask.
      if (document.visibilityState === "visible" || !notificationsOn(now.current.preferences)) return;
      const notification = new Notification(title, { body, tag, icon: "/favicon.svg" });
      notification.addEventListener("click", () => {
        window.focus();
        void navigate(path);
        notification.close();
      });
      notifications.set(tag, notification);
    }
    const stop = live.listen((event, before, after) => {
      const { t: say, inSight: open } = now.current;
      if (event.kind === "reservation.created" && after.reservations[event.reservation.id] && !before.reservations[event.reservation.id]) {
        const { reservation } = event;
        const name = sayName(say, reservation.contact?.name ?? reservation.channel.address);
        announce(offerWords(reservation, after, say));
        void ring(`ring.${reservation.id}`, reservation.channel.kind === "voice" ? playCall : playOffer);
        notify(reservation.id, say("offer.notify", { name, channel: sayChannel(reservation.channel) }), reservation.preview, "/desk");
      }
      if (event.kind === "reservation.updated" && event.reservation.status !== "pending") {
        notifications.get(event.reservation.id)?.close();
        notifications.delete(event.reservation.id);
      }
      const news = isNews(event, after);
      if (news) {
        const speaker = sayName(say, news.author.name || after.conversations[news.conversation_id]?.contact.name);
        announce(say("log.announce", { name: speaker, text: news.text || say("task.files", { count: news.attachments.length }) }));
        const watched = document.visibilityState === "visible" && open === news.conversation_id;
        if (!watched) void ring(`tick.${news.id}`, playTick);
        notify(news.conversation_id, speaker, news.text, `/desk/${news.conversation_id}`);
      }
    });
    return () => stop();
  }, [live, claims, navigate]);
}

function offerWords(reservation: Reservation, state: DeskState, t: TFunction): string {
  const seconds = reservation.deadline_at ? Math.max(0, Math.round((Date.parse(reservation.deadline_at) - Date.now() - state.skew_ms) / 1000)) : 0;
  return t("offer.announce", { name: sayName(t, reservation.contact?.name ?? reservation.channel.address), channel: sayChannel(reservation.channel), seconds, slot: state.slots[reservation.id] ?? 1 });
}

/** Time is spoken again at ten seconds. */
function TimeWarnings() {
  const { t } = useTranslation();
  const reservations = useDesk((state) => state.reservations);
  const skew = useDesk((state) => state.skew_ms);
  useEffect(() => {
    const timers = Object.values(reservations).flatMap((reservation) => {
      if (!reservation.deadline_at) return [];
      const wait = Date.parse(reservation.deadline_at) - (Date.now() + skew) - 10_000;
      if (wait <= 0) return [];
      return [setTimeout(() => announce(t("offer.ten", { name: sayName(t, reservation.contact?.name ?? reservation.channel.address) })), wait)];
    });
    return () => timers.forEach(clearTimeout);
  }, [reservations, skew, t]);
  return null;
}

/** Title and favicon: `(3) Offer: Jürgen Brandt, phone · Seaway`, else `(2) Mira Hoffmann · Seaway`, with the brand's name instead of ours where there is one. Never blinking. */
function useTitle(): void {
  const { t } = useTranslation();
  const state = useDeskState();
  const conversation = useConversationInSight();
  const offers = offersOf(state);
  const unread = activeOf(state).reduce((sum, c) => sum + unreadOf(state, c), 0);
  const first = offers[0]?.reservation;
  const { name } = useBrand();
  useEffect(() => {
    const count = offers.length + unread;
    const what = first ? t("offer.title", { name: sayName(t, first.contact?.name ?? first.channel.address), channel: sayChannel(first.channel) }) : conversation && sayName(t, conversation.contact.name);
    document.title = `${count > 0 ? `(${count}) ` : ""}${what ? `${what} · ` : ""}${name || "Seaway"}`;
    setFavicon(offers.length > 0 ? "offer" : unread > 0 ? "unread" : "plain");
  }, [offers.length, unread, first, conversation, name, t]);
}

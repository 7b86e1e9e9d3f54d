// The talk itself: newest at the foot, older pages on demand, scroll place kept, seen only what was really in sight.
import type { Conversation, Message } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";
import { EMPTY_LOG, type Outgoing } from "../state/desk-state.ts";
import { useDesk, useLive } from "../state/desk.tsx";
import { blocksOf } from "./blocks.ts";
import { Blocks, Typing } from "./Blocks.tsx";
import { Unsent } from "./Unsent.tsx";
import { useSeen } from "./use-seen.ts";

export function Log({ conversation, mine }: { conversation: Conversation; mine: boolean }) {
  const { t } = useTranslation();
  const live = useLive();
  const log = useDesk((state) => state.logs[conversation.id]) ?? EMPTY_LOG;
  const typing = useDesk((state) => state.typing[conversation.id]);
  const outbox = useDesk((state) => state.outbox);
  const scroller = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const unsent = outbox.filter((o) => o.conversation_id === conversation.id);
  const blocks = useMemo(() => blocksOf(log.items, conversation.holder !== "flow"), [log.items, conversation.holder]);
  const away = useScrollPlace(scroller, conversation.id, log.loaded);
  useFootOnSend(scroller, conversation.id, unsent);
  const below = useNewBelow(log.items, away, conversation.id);
  useSeen(scroller, conversation.id, log.items, mine);

  useEffect(() => {
    if (log.loaded) return;
    let ended = false;
    live.loadLog(conversation.id).then(() => !ended && setFailed(false), () => !ended && setFailed(true));
    return () => {
      ended = true;
    };
  }, [conversation.id, log.loaded, live]);

  return (
    <div className="streambox">
      <div className="stream" ref={scroller} tabIndex={0} role="log" aria-label={t("log.label", { name: sayName(t, conversation.contact.name) })} aria-live="off">
        <div className="talk">
          {log.items.length === 0 && !log.loaded && (failed ? <p className="ev">{t("log.failed")} <button type="button" className="link" onClick={() => void live.loadLog(conversation.id).catch(() => undefined)}>{t("word.again")}</button></p> : <Skeleton label={t("word.loading")} rows={3} />)}
          {log.loaded && log.more && <Earlier conversationId={conversation.id} />}
          <Blocks blocks={blocks} conversation={conversation} />
          {unsent.map((outgoing) => <Unsent key={outgoing.client_id} outgoing={outgoing} />)}
          {typing && <Typing name={sayName(t, typing.name || conversation.contact.name)} />}
        </div>
      </div>
      {below > 0 && <button type="button" className="pill below" onClick={() => scroller.current?.scrollTo({ top: 0 })}><Icon name="down" size={14} />{t("log.newBelow", { count: below })}</button>}
    </div>
  );
}

/** The older page is fetched when its place comes into sight. */
function Earlier({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const live = useLive();
  const mark = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const node = mark.current;
    if (!node || !("IntersectionObserver" in window)) return;
    const observer = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && void live.loadLog(conversationId, "earlier").catch(() => undefined));
    observer.observe(node);
    return () => observer.disconnect();
  });
  return <button ref={mark} type="button" className="ev link" onClick={() => void live.loadLog(conversationId, "earlier").catch(() => undefined)}>{t("log.earlier")}</button>;
}

/** Keeps how far one had scrolled up, through reloads; true while away from the foot. */
function useScrollPlace(scroller: React.RefObject<HTMLDivElement | null>, conversationId: string, loaded: boolean): boolean {
  const [away, setAway] = useState(false);
  useLayoutEffect(() => {
    const node = scroller.current;
    if (!node || !loaded) return;
    const key = `seaway.scroll.${conversationId}`;
    node.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
    const onScroll = () => {
      sessionStorage.setItem(key, String(Math.round(node.scrollTop)));
      setAway(node.scrollTop < -80);
    };
    onScroll();
    node.addEventListener("scroll", onScroll, { passive: true });
    return () => node.removeEventListener("scroll", onScroll);
  }, [scroller, conversationId, loaded]);
  return away;
}

/** Whoever sends something sees it: the log goes to its foot, wherever one was reading or whatever stood open there. */
function useFootOnSend(scroller: React.RefObject<HTMLDivElement | null>, conversationId: string, unsent: readonly Outgoing[]): void {
  const known = useRef({ conversationId, ids: new Set(unsent.map((one) => one.client_id)) });
  useLayoutEffect(() => {
    const before = known.current;
    known.current = { conversationId, ids: new Set(unsent.map((one) => one.client_id)) };
    if (before.conversationId === conversationId && unsent.some((one) => !before.ids.has(one.client_id))) scroller.current?.scrollTo({ top: 0 });
  }, [scroller, conversationId, unsent]);
}

/** How many messages of the customer came while one read further up. */
function useNewBelow(items: Message[], away: boolean, conversationId: string): number {
  const [mark, setMark] = useState({ conversationId, seq: 0 });
  const last = items.at(-1)?.seq ?? 0;
  const current = mark.conversationId === conversationId && away ? mark.seq : last;
  useEffect(() => {
    if (!away || mark.conversationId !== conversationId) setMark({ conversationId, seq: last });
  }, [away, last, conversationId, mark.conversationId]);
  return away ? items.filter((m) => m.direction === "in" && m.seq > current).length : 0;
}

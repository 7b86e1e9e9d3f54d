// Two lines: who and how long; what was said last, or what is going on.
import type { Conversation } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Counter } from "@seaway/kit/Counter";
import { Icon } from "@seaway/kit/Icon";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sayName } from "../contact/name.ts";
import { isBlank } from "../composer/cards.ts";
import { useDraft } from "../composer/drafts.ts";
import type { DeskState } from "../state/desk-state.ts";
import { useDeskState } from "../state/desk.tsx";
import { lastFailure, unreadOf } from "../state/select.ts";
import { sayLeft, sayWait, sayWhen } from "../time/format.ts";
import { useNow, useTimeWords } from "../time/use-now.ts";

/** Waiting longer than this, in milliseconds, is "act soon". */
const SOON_MS = 4 * 60_000;
/** Waiting longer than this, in milliseconds, is "too late". */
const LATE_MS = 10 * 60_000;

export function TaskRow({ conversation, chosen }: { conversation: Conversation; chosen: boolean }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const unread = unreadOf(state, conversation);
  const name = sayName(t, conversation.contact.name || conversation.contact.address);
  return (
    <li>
      <Link className={`task ${unread > 0 ? "unread" : ""}`} to={`/desk/${conversation.id}`} aria-current={chosen ? "true" : undefined} data-task={conversation.id}>
        <Avatar name={name} mark={<ChannelMark kind={conversation.channel.kind} />} />
        <span className="l1"><span className="nm cut" title={name}>{name}</span><Waiting conversation={conversation} /></span>
        <span className="l2">{conversation.subject && <span className="subj cut" dir="auto" title={conversation.subject}>{conversation.subject}</span>}<span className="pv cut" dir="auto"><Preview conversation={conversation} state={state} /></span>{unread > 0 && <span className="rt"><Counter count={unread} label={t("list.unread", { count: unread })} /></span>}</span>
      </Link>
    </li>
  );
}

function Waiting({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation();
  const words = useTimeWords();
  const wrapUntil = conversation.task?.status === "wrapping" ? conversation.task.wrap_up_until : null;
  const now = useNow(wrapUntil ? 1_000 : 10_000);
  if (wrapUntil) return <span className="tm sla"><Icon name="clock" />{sayLeft(Date.parse(wrapUntil) - now)}</span>;
  if (!conversation.waiting_since) return <span className="tm sla">{sayWhen(conversation.last_message?.at ?? conversation.created_at, now, i18n.language)}</span>;
  const waited = now - Date.parse(conversation.waiting_since);
  const tone = waited > LATE_MS ? "bad" : waited > SOON_MS ? "warn" : "";
  return (
    <span className={`tm sla ${tone}`} title={t("list.waiting")}>
      <Icon name={tone === "bad" ? "circle-alert" : tone === "warn" ? "hourglass" : "clock"} label={t("list.waiting")} />{sayWait(waited, words)}
    </span>
  );
}

function Preview({ conversation, state }: { conversation: Conversation; state: DeskState }): ReactNode {
  const { t } = useTranslation();
  const draft = useDraft(conversation.id);
  if (conversation.task?.status === "wrapping") return t("wrap.choose");
  if (state.typing[conversation.id]) return t("log.typing");
  const unsent = state.outbox.find((o) => o.conversation_id === conversation.id);
  const items = state.logs[conversation.id]?.items ?? [];
  const failed = unsent?.state === "failed" ? unsent.text : lastFailure(items)?.text;
  if (failed !== undefined) return <><span className="st bad"><Icon name="circle-x" />{t("state.failed")}</span> {failed}</>;
  if (draft.reply.trim() || draft.cards.some((card) => !isBlank(card))) return <><b className="link">{t("composer.draft")}</b> {draft.reply.trim() ? draft.reply : sayTitles(draft.cards)}</>;
  if (unsent) return <><span className="st"><Icon name="clock" />{t("state.waiting")}</span> {unsent.text || sayTitles(unsent.cards ?? [])}</>;
  const last = conversation.last_message;
  if (!last) return "";
  if (last.what === "unsent") return t("log.unsent", { name: sayName(t, last.author.name || conversation.contact.name) });
  // That somebody joined is no word of theirs: then the last thing said stands here.
  const said = last.what === "" || last.what === "notice" ? last.text || (items.findLast((message) => message.text)?.text ?? "") : t(`what.${last.what}`);
  const text = last.attachments > 1 && !last.text ? t("task.files", { count: last.attachments }) : said;
  if (conversation.customer_present === false && last.author.kind !== "contact") return t("list.left");
  return last.author.kind === "worker" ? `${last.author.id === state.worker?.id ? t("word.you") : last.author.name}: ${text}` : text;
}

function sayTitles(cards: readonly { title: string }[]): string {
  return cards.map((card) => card.title.trim()).filter(Boolean).join(", ");
}

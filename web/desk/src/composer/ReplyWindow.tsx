// How long one may still write freely on a channel that closes, and what works afterwards.
import type { Conversation } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { sayWait } from "../time/format.ts";
import { useNow, useTimeWords } from "../time/use-now.ts";

const SOON_MS = 60 * 60_000;

/** Milliseconds left; null where the channel never closes. */
export function useReplyTime(conversation: Conversation): number | null {
  const now = useNow(15_000);
  return conversation.reply_until === null ? null : Date.parse(conversation.reply_until) - now;
}

/** Whether what is written now leaves under the channel's tag for people. */
export function useTagged(conversation: Conversation): boolean {
  const now = useNow(15_000);
  return conversation.tag_from !== null && Date.parse(conversation.tag_from) <= now;
}

export function ReplyTime({ left, tagged }: { left: number | null; tagged: boolean }) {
  const { t } = useTranslation();
  const words = useTimeWords();
  if (left === null || left <= 0) return null;
  return <span className={`sla ${left < SOON_MS ? "warn" : ""}`} title={t(tagged ? "composer.windowTagWhy" : "composer.windowWhy")}><Icon name="hourglass" />{t(tagged ? "composer.windowTag" : "composer.windowLeft", { time: sayWait(Math.max(left, 60_000), words) })}</span>;
}

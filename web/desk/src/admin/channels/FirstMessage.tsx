// The step that proves a channel from outside: somebody writes to it, and the first message shows.
import type { ChannelAccount, Conversation, Page } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { shortTime } from "../../pages/shared/format.ts";
import { useOne } from "../../pages/shared/resource.ts";

const EVERY_MS = 4_000;

export function FirstMessage({ account }: { account: ChannelAccount | null }) {
  const { t, i18n } = useTranslation("admin");
  const [found, setFound] = useState<Conversation | null>(null);
  const looks = account?.enabled === true && !found;
  // The newest talks of all channels: a channel that was just connected is among them as soon as somebody writes.
  const newest = useOne<Page<Conversation>>(looks ? "/conversations?limit=50" : null, { every_ms: EVERY_MS });
  const first = newest.data?.items.filter((one) => one.channel.account_id === account?.id).at(-1);
  if (first && !found) setFound(first);
  if (!account?.enabled) return <p className="hint">{t("guide.testLater")}</p>;
  return (
    <p className={`came ${found ? "ok" : ""}`} role="status">
      <Icon name={found ? "circle-check" : "circle-dash"} className={found ? "" : "spin"} />
      {found ? t("guide.testCame", { name: found.contact.name || found.contact.address, when: shortTime(found.created_at, i18n.language) }) : t("guide.testWaits")}
    </p>
  );
}

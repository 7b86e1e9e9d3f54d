// Whether the snippet works: the last site that asked for the chat, and the last one that was refused. A chat that nobody sees fails without a word.
import type { ChannelAccount, Sightings as Found } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { useOne } from "../../pages/shared/resource.ts";
import { sayWhen } from "../../time/format.ts";
import { useNow } from "../../time/use-now.ts";

const EVERY_MS = 5_000;

export function Sightings({ account }: { account: ChannelAccount }) {
  const { t, i18n } = useTranslation("admin");
  const now = useNow(30_000);
  const { data } = useOne<Found>(`/channel-accounts/${account.id}/sightings`, { every_ms: EVERY_MS });
  const when = (at: string) => sayWhen(at, now, i18n.language);
  const { seen, refused } = data ?? { seen: null, refused: null };
  // An older refusal is no news once the same site was let in.
  const shown = refused && !(seen && seen.at > refused.at && seen.site === refused.site) ? refused : null;
  return (
    <div role="status" className="sighted">
      <p className={`came ${seen ? "ok" : ""}`}>
        <Icon name={seen ? "circle-check" : "circle-dash"} className={seen ? "" : "spin"} />
        <span>{seen ? t("sighting.seen", { site: seen.site, when: when(seen.at) }) : t(account.enabled ? "sighting.waits" : "sighting.off")}</span>
      </p>
      {shown && <p className="came warn"><Icon name="alert" /><span>{t("sighting.refused", { site: shown.site, when: when(shown.at) })}</span></p>}
      {!seen && account.enabled && <p className="hint">{t("sighting.hint")}</p>}
    </div>
  );
}

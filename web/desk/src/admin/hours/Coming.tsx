// The next seven days at a glance, as they would be with what stands in the form.
import type { BusinessHours } from "@seaway/api/types";
import { useTranslation } from "react-i18next";
import { comingDays } from "./coming.ts";
import { sayDay } from "./hours-words.ts";
import { knownZone } from "./zoned.ts";

export function Coming({ hours, now }: { hours: Pick<BusinessHours, "weekly" | "dates" | "closures" | "time_zone">; now: number }) {
  const { t, i18n } = useTranslation("admin");
  if (!knownZone(hours.time_zone)) return null;
  return (
    <ol className="hr-coming" aria-label={t("hours.coming")}>
      {comingDays(hours, now, 7).map(({ date, open, name, isSpecial }, at) => (
        <li key={date} className={isSpecial ? "special" : undefined} aria-current={at === 0 ? "date" : undefined}>
          <span className="hr-when">{at === 0 ? t("hours.today") : sayDay(date, i18n.language)}</span>
          {open.length === 0 ? <span className="t3">{t("hours.closed")}</span> : open.map(({ from, to }) => <span key={from} className="num">{from}–{to}</span>)}
          {name && <span className="cut hr-name" title={name}>{name}</span>}
        </li>
      ))}
    </ol>
  );
}

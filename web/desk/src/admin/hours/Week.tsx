// The week as seven rows.
import type { BusinessHours } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { Menu } from "@seaway/kit/Menu";
import { useTranslation } from "react-i18next";
import { announce } from "../../shell/announce.ts";
import { Spans } from "./Spans.tsx";
import { DAYS, rowsOf, withSpans, WORKDAYS } from "./week.ts";

interface WeekProps { weekly: BusinessHours["weekly"]; onChange: (weekly: BusinessHours["weekly"]) => void; errorAt: (place: number) => string | null }

export function Week({ weekly, onChange, errorAt }: WeekProps) {
  const { t, i18n } = useTranslation("admin");
  const rows = rowsOf(weekly);
  return (
    <ul className="hr-week">
      {rows.map(({ day, spans, places }, at) => {
        const name = nameOfDay(at, i18n.language);
        const copy = (days: typeof DAYS) => { onChange(withSpans(weekly, days, spans)); announce(t("hours.copied", { day: name })); };
        return (
          <li key={day}>
            <span className="hr-day">{name}</span>
            <Spans day={name} spans={spans} onChange={(next) => onChange(withSpans(weekly, [day], next))} errorAt={(place) => { const index = places[place]; return index === undefined ? null : errorAt(index); }} closed={t("hours.closed")} />
            <Menu label={t("hours.copy", { day: name })} trigger={<IconButton size="s" icon="copy" label={t("hours.copy", { day: name })} />}
              entries={[{ id: "workdays", label: t("hours.copyWorkdays"), onAction: () => copy(WORKDAYS) }, { id: "all", label: t("hours.copyAll"), onAction: () => copy(DAYS) }]} />
          </li>
        );
      })}
    </ul>
  );
}

/** 0 = Monday, in the reader's language. */
function nameOfDay(at: number, language: string): string {
  // The fifth of January 2026 was a Monday.
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2026, 0, 5 + at));
}

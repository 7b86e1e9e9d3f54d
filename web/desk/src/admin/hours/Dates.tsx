// Days that are not like their weekday: holidays, and days with other hours.
import type { SpecialDate } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Checkbox } from "@seaway/kit/Checkbox";
import { Field } from "@seaway/kit/Field";
import { IconButton } from "@seaway/kit/IconButton";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { announce } from "../../shell/announce.ts";
import { sayDate } from "./hours-words.ts";
import { ManyDates } from "./ManyDates.tsx";
import { inOrder, isInOrder, joined } from "./special-dates.ts";
import { Spans } from "./Spans.tsx";
import { isDate } from "./zoned.ts";

interface DatesProps {
  dates: SpecialDate[];
  onChange: (dates: SpecialDate[]) => void;
  /** Today there, as 2026-11-23. */
  today: string;
  /** What the server says of a part of a date, e.g. (0, "name") or (0, "open/1"). */
  errorAt: (at: number, part: string) => string | null;
}

export function Dates({ dates, onChange, today, errorAt }: DatesProps) {
  const { t, i18n } = useTranslation("admin");
  const [many, setMany] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const put = (at: number, part: Partial<SpecialDate>) => onChange(dates.map((date, place) => (place === at ? { ...date, ...part } : date)));
  const focusLast = () => requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("li:last-child input")?.focus());
  const remove = (at: number) => {
    onChange(dates.filter((_, place) => place !== at));
    requestAnimationFrame(() => (list.current?.children[Math.min(at, dates.length - 2)]?.querySelector<HTMLElement>(".hr-gone") ?? document.querySelector<HTMLElement>(".hr-add"))?.focus());
  };
  return (
    <>
      {dates.length > 0 && (
        // Rows move only when nobody is in them.
        <ul className="hr-dates" ref={list} onBlur={({ currentTarget, relatedTarget }) => { if (!currentTarget.contains(relatedTarget) && !isInOrder(dates)) onChange(inOrder(dates)); }}>
          {dates.map((date, at) => {
            const day = isDate(date.date) ? sayDate(date.date, date.yearly, i18n.language) : t("hours.newDate");
            const called = date.name || day;
            return (
              <li key={at} aria-label={called}>
                <Field type="date" label={t("hours.date")} hideLabel value={date.date} onChange={(text) => put(at, { date: text })} error={errorAt(at, "date")} />
                <Field label={t("hours.dateName")} hideLabel placeholder={t("hours.dateName")} maxLength={100} value={date.name} onChange={(name) => put(at, { name })} error={errorAt(at, "name")} />
                <Checkbox isSelected={date.yearly} onChange={(yearly) => put(at, { yearly })}>{t("hours.yearly")}</Checkbox>
                <IconButton size="s" icon="trash" className="hr-gone" label={t("removeNamed", { name: called })} onPress={() => remove(at)} />
                <Spans day={day} spans={date.open} onChange={(open) => put(at, { open })} errorAt={(place) => errorAt(at, `open/${place}`)} closed={t("hours.closedAllDay")} />
              </li>
            );
          })}
        </ul>
      )}
      <div className="row hr-adds">
        <Button size="s" icon="plus" className="hr-add" onPress={() => { onChange([...dates, { date: "", name: "", yearly: false, open: [] }]); focusLast(); }}>{t("hours.addDate")}</Button>
        <Button size="s" variant="ghost" onPress={() => setMany(true)}>{t("hours.many.open")}</Button>
      </div>
      {many && <ManyDates today={today} onClose={() => setMany(false)} onAdd={(more) => {
        const result = joined(dates, more);
        onChange(result.dates);
        announce(t("hours.many.added", { count: result.dates.length - dates.length }));
        setMany(false);
      }} known={dates} />}
    </>
  );
}

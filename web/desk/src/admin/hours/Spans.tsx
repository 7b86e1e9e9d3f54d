// The opening times of one day, side by side, with what is wrong with them below.
import type { TimeSpan } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { oneMore, spanFaults } from "./spans.ts";
import { TimeField } from "./TimeField.tsx";

interface SpansProps {
  /** "Monday" or "25 December": whose times they are. */
  day: string;
  spans: readonly TimeSpan[];
  onChange: (spans: TimeSpan[]) => void;
  /** What the server says of a span, counted from 0. */
  errorAt: (at: number) => string | null;
  /** What a day without times is. */
  closed: string;
}

export function Spans({ day, spans, onChange, errorAt, closed }: SpansProps) {
  const { t } = useTranslation("admin");
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  // Nobody is interrupted while they type.
  const [here, setHere] = useState<number | null>(null);
  const faults = spanFaults(spans);
  const more = oneMore(spans);
  const put = (at: number, part: Partial<TimeSpan>) => onChange(spans.map((span, place) => (place === at ? { ...span, ...part } : span)));
  const remove = (at: number) => {
    onChange(spans.filter((_, place) => place !== at));
    // What had the focus is gone; the day's own button stays.
    box.current?.querySelector<HTMLElement>(".hr-more")?.focus();
  };
  const told = spans.map((_, at) => {
    const fault = here === at ? null : faults[at];
    return { part: fault?.part ?? null, words: fault ? t(`hours.${fault.code}`) : errorAt(at) };
  });
  return (
    <div className="hr-spans" ref={box}>
      <div className="hr-line">
        {spans.length === 0 && <span className="t3 hr-closed">{closed}</span>}
        {spans.map((span, at) => (
          <div key={at} className="hr-span" role="group" aria-label={t("hours.spanOf", { day, no: at + 1 })} onFocus={() => setHere(at)} onBlur={({ currentTarget, relatedTarget }) => { if (!currentTarget.contains(relatedTarget)) setHere(null); }}>
            <TimeField label={t("hours.from", { day })} value={span.from} onChange={(from) => put(at, { from })} wrong={told[at]?.words != null && told[at].part !== "to"} describedBy={told[at]?.words ? `${id}-${at}` : undefined} />
            <span aria-hidden className="t3">–</span>
            <TimeField label={t("hours.to", { day })} value={span.to} onChange={(to) => put(at, { to })} wrong={told[at]?.words != null && told[at].part !== "from"} describedBy={told[at]?.words ? `${id}-${at}` : undefined} />
            <IconButton size="s" icon="x" label={t("hours.removeSpan", { day, from: span.from, to: span.to })} onPress={() => remove(at)} />
          </div>
        ))}
        <IconButton size="s" icon="plus" className="hr-more" label={t("hours.addSpan", { day })} isDisabled={more === null} onPress={() => more && onChange(more)} />
      </div>
      {told.map(({ words }, at) => words && <p key={at} id={`${id}-${at}`} className="fix"><Icon name="circle-alert" /><span>{words}</span></p>)}
    </div>
  );
}

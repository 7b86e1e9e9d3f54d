// Opening times within one day, as people type them and as they are kept: "9" and "17.30" mean 09:00 and 17:30.
import type { TimeSpan } from "@seaway/api/types";
import { minutesOf, timeOf } from "./zoned.ts";

const DAY_END = 24 * 60;
const FIRST: TimeSpan = { from: "09:00", to: "17:00" };
/** Minutes: the pause before a further span, and how long that is. */
const PAUSE = 60;
const FURTHER = 240;

export type SpanFault = { part: "from" | "to"; code: "badTime" | "endsBefore" | "overlaps" } | null;

/** "9", "930", "9:30", "17.30", "9h30", "24" as HH:MM, up to 24:00; null where it is no time. */
export function readTime(text: string): string | null {
  const found = /^(\d{1,2})(?:\s*[:.h]\s*(\d{2})|(\d{2}))?\s*(?:h|Uhr|시)?$/i.exec(text.trim());
  if (!found) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2] ?? found[3] ?? 0);
  return Number(found[2] ?? found[3] ?? 0) < 60 && minutes <= DAY_END ? timeOf(minutes) : null;
}

/** As it is sent: what can be read in its one form, the rest as it was typed. */
export function tidySpans<S extends TimeSpan>(spans: readonly S[]): S[] {
  return spans.map((span) => ({ ...span, from: readTime(span.from) ?? span.from, to: readTime(span.to) ?? span.to }));
}

/** What is wrong with each span of one day. */
export function spanFaults(spans: readonly TimeSpan[]): SpanFault[] {
  const read = spans.map(({ from, to }) => ({ from: readTime(from), to: readTime(to) }));
  return read.map((span, at) => {
    if (span.from === null || span.from === "24:00") return { part: "from", code: "badTime" };
    if (span.to === null) return { part: "to", code: "badTime" };
    const { from, to } = span;
    if (to <= from) return { part: "to", code: "endsBefore" };
    // Of two that meet, the later one in the list is told.
    const hits = read.some((other, place) => place < at && other.from !== null && other.to !== null && other.from < to && from < other.to);
    return hits ? { part: "from", code: "overlaps" } : null;
  });
}

/** One more span, or null where the day has no room after the last. */
export function oneMore(spans: readonly TimeSpan[]): TimeSpan[] | null {
  if (spans.length === 0) return [FIRST];
  const ends = spans.map(({ to }) => readTime(to)).filter((to) => to !== null);
  const last = Math.max(0, ...ends.map(minutesOf));
  const from = last + PAUSE < DAY_END ? last + PAUSE : last;
  return from < DAY_END ? [...spans, { from: timeOf(from), to: timeOf(Math.min(DAY_END, from + FURTHER)) }] : null;
}

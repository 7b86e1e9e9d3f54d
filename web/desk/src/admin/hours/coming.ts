// What the next days will be like by the week, the special dates and the closures, as they stand in the form.
import type { BusinessHours, TimeSpan } from "@seaway/api/types";
import { dateOn } from "./special-dates.ts";
import { readTime } from "./spans.ts";
import { DAYS } from "./week.ts";
import { dayAfter, localOf } from "./zoned.ts";

export interface ComingDay { date: string; open: TimeSpan[]; /** Of the special date or the closure that makes it other than the week. */ name: string; isSpecial: boolean }

/** From today on, by the hours' own clock; `now` in ms. Throws for a zone that is not known. */
export function comingDays(hours: Pick<BusinessHours, "weekly" | "dates" | "closures" | "time_zone">, now: number, count: number): ComingDay[] {
  const today = localOf(now, hours.time_zone).slice(0, 10);
  const shut = hours.closures.map(({ from, until, reason }) => ({ from: localOf(Date.parse(from), hours.time_zone), until: until === null ? "9999" : localOf(Date.parse(until), hours.time_zone), reason }));
  return Array.from({ length: count }, (_, ahead) => {
    const date = dayAfter(today, ahead);
    const special = dateOn(hours.dates, date);
    const weekday = DAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];
    const planned = (special?.open ?? hours.weekly.filter(({ day }) => day === weekday)).flatMap(({ from, to }) => {
      const read = { from: readTime(from), to: readTime(to) };
      return read.from !== null && read.to !== null && read.from < read.to ? [{ from: read.from, to: read.to }] : [];
    }).toSorted((a, b) => (a.from < b.from ? -1 : 1));
    const cutting = shut.filter((closure) => closure.from < `${date}T24:00` && closure.until > `${date}T00:00`);
    const open = cutting.reduce((spans, closure) => spans.flatMap((span) => without(span, date, closure)), planned);
    const isCut = JSON.stringify(open) !== JSON.stringify(planned);
    return { date, open, name: special?.name || (isCut ? (cutting[0]?.reason ?? "") : ""), isSpecial: special !== null || isCut };
  });
}

/** What is left of a span outside of a closure. Clock texts are in the order of time. */
function without(span: TimeSpan, date: string, closure: { from: string; until: string }): TimeSpan[] {
  const begin = closure.from <= `${date}T${span.from}` ? span.from : closure.from >= `${date}T${span.to}` ? span.to : closure.from.slice(11);
  const end = closure.until >= `${date}T${span.to}` ? span.to : closure.until <= `${date}T${span.from}` ? span.from : closure.until.slice(11);
  if (begin >= end) return [span];
  return [{ from: span.from, to: begin }, { from: end, to: span.to }].filter(({ from, to }) => from < to);
}

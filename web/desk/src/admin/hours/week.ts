// The week as seven rows. It is kept as one list, whose places the server names when it finds fault.
import type { BusinessHours, TimeSpan, Weekday } from "@seaway/api/types";
import { spanFaults } from "./spans.ts";

export const DAYS: readonly Weekday[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
export const WORKDAYS: readonly Weekday[] = DAYS.slice(0, 5);

type Weekly = BusinessHours["weekly"];
export interface WeekRow { day: Weekday; spans: TimeSpan[]; /** Where each stands in the list. */ places: number[] }

export const USUAL_WEEK: Weekly = WORKDAYS.map((day) => ({ day, from: "09:00", to: "17:00" }));

export function rowsOf(weekly: Weekly): WeekRow[] {
  return DAYS.map((day) => {
    const places = weekly.flatMap((span, place) => (span.day === day ? [place] : []));
    return { day, places, spans: places.flatMap((place) => { const span = weekly[place]; return span ? [{ from: span.from, to: span.to }] : []; }) };
  });
}

/** The list in the order of days, with other spans on these. */
export function withSpans(weekly: Weekly, days: readonly Weekday[], spans: readonly TimeSpan[]): Weekly {
  return rowsOf(weekly).flatMap((row) => (days.includes(row.day) ? spans : row.spans).map(({ from, to }) => ({ day: row.day, from, to })));
}

export function weekIsRight(weekly: Weekly): boolean {
  return rowsOf(weekly).every(({ spans }) => spanFaults(spans).every((fault) => fault === null));
}

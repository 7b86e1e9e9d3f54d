// Public holidays out of an iCalendar file. Loaded when somebody chooses one.
import type { SpecialDate } from "@seaway/api/types";
import ICAL from "ical.js";
import { dayAfter, isDate } from "./zoned.ts";

/** A school holiday of weeks is taken as its days; nothing longer is. */
const DAYS_MAX = 62;
/** Rules that are no fixed day of the year are taken for so many days from today. */
const AHEAD_DAYS = 3 * 366;
/** Rounds of one rule, whatever the file says. */
const ROUNDS_MAX = 2_000;

export interface CalendarDates { dates: SpecialDate[]; /** Single days that are over. */ past: number; /** Events with a time of the day. */ timed: number }

/** Null where it is no calendar. `today`: as 2026-11-23. */
export function readCalendar(text: string, today: string): CalendarDates | null {
  let events: InstanceType<typeof ICAL.Component>[];
  try {
    const parsed: unknown[] = ICAL.parse(text) as unknown[];
    // A file may hold several calendars; each is then an item of its own.
    const calendars = Array.isArray(parsed[0]) ? parsed : [parsed];
    events = calendars.flatMap((calendar) => new ICAL.Component(calendar as unknown as string).getAllSubcomponents("vevent"));
  } catch {
    return null;
  }
  const found: CalendarDates = { dates: [], past: 0, timed: 0 };
  for (const event of events) {
    const start = event.getFirstPropertyValue("dtstart");
    if (!(start instanceof ICAL.Time) || !start.isDate) {
      found.timed += 1;
      continue;
    }
    const name = String(event.getFirstPropertyValue("summary") ?? "").trim().slice(0, 100);
    const rule = event.getFirstPropertyValue("rrule");
    const recurs = rule instanceof ICAL.Recur ? rule : null;
    const yearly = recurs !== null && isFixed(recurs, start);
    const starts = recurs && !yearly ? coming(recurs, start, today) : [isoOf(start)];
    if (starts.length === 0) found.past += 1;
    for (const first of starts) {
      for (let day = 0; day < lengthOf(event, start); day += 1) {
        const date = dayAfter(first, day);
        if (yearly || date >= today) found.dates.push({ date: yearly ? thisYear(date, today) : date, name, yearly, open: [] });
        else found.past += 1;
      }
    }
  }
  return found;
}

function isoOf(time: InstanceType<typeof ICAL.Time>): string {
  return `${String(time.year).padStart(4, "0")}-${String(time.month).padStart(2, "0")}-${String(time.day).padStart(2, "0")}`;
}

/** What began long ago stands among the dates of this year; the 29th of February keeps a year that has one. */
function thisYear(date: string, today: string): string {
  const moved = today.slice(0, 4) + date.slice(4);
  return date < moved && isDate(moved) ? moved : date;
}

/** Days, 1 at least: the end is the first day that is free of it. */
function lengthOf(event: InstanceType<typeof ICAL.Component>, start: InstanceType<typeof ICAL.Time>): number {
  const end = event.getFirstPropertyValue("dtend");
  const duration = event.getFirstPropertyValue("duration");
  const days = end instanceof ICAL.Time ? Math.round((Date.parse(isoOf(end)) - Date.parse(isoOf(start))) / 86_400_000) : duration instanceof ICAL.Duration ? Math.round(duration.toSeconds() / 86_400) : 1;
  return Math.max(1, Math.min(DAYS_MAX, days));
}

/** Whether the rule is nothing but "this day of every year": the fourth Thursday is not. */
function isFixed(rule: InstanceType<typeof ICAL.Recur>, start: InstanceType<typeof ICAL.Time>): boolean {
  const own: Record<string, number> = { BYMONTH: start.month, BYMONTHDAY: start.day };
  const parts = Object.entries(rule.parts as Record<string, unknown[]>);
  return rule.freq === "YEARLY" && rule.interval === 1 && !rule.until && !rule.count && parts.every(([part, values]) => values.length === 1 && Number(values[0]) === own[part]);
}

function coming(rule: InstanceType<typeof ICAL.Recur>, start: InstanceType<typeof ICAL.Time>, today: string): string[] {
  const dates: string[] = [];
  const rounds = rule.iterator(start);
  const end = dayAfter(today, AHEAD_DAYS);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = rounds.next();
    if (!next) break;
    const date = isoOf(next);
    if (date > end) break;
    if (date >= today) dates.push(date);
  }
  return dates;
}

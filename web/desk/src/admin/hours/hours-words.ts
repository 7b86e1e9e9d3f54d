// Open or closed and until when, in words; times by the clock of the hours, not by the reader's.
import type { BusinessHours } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { dayAfter, instantOf, knownZone, localOf } from "./zoned.ts";

/** A weekday alone would be read as one of these next days. */
const WEEKDAY_DAYS = 6;

function locale(language: string): string {
  return language === "en" ? "en-GB" : language;
}

/** "17:00" today, "Mon 09:00" within the next days, "24 Dec, 09:00" further off. Without a known zone by the reader's clock. */
export function sayMoment(at: number, zone: string, now: number, language: string): string {
  const timeZone = knownZone(zone) ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [then, here] = [localOf(at, timeZone), localOf(now, timeZone)];
  const [day, today] = [then.slice(0, 10), here.slice(0, 10)];
  const time = then.slice(11);
  if (day === today) return time;
  // Midnight is the end of the day before to whoever reads it.
  if (time === "00:00" && day === dayAfter(today, 1)) return "24:00";
  const isNear = day > today && day <= dayAfter(today, WEEKDAY_DAYS);
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  const said = new Intl.DateTimeFormat(locale(language), isNear ? { weekday: "short", timeZone } : { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }), timeZone }).format(at);
  return isNear ? `${said} ${time}` : `${said}, ${time}`;
}

export function sayState(t: TFunction, hours: Pick<BusinessHours, "now" | "time_zone">, now: number, language: string): string {
  const { open, until } = hours.now;
  if (until === null) return t(open ? "hours.openAlways" : "hours.closedOpenEnd");
  return t(open ? "hours.openUntil" : "hours.closedUntil", { when: sayMoment(Date.parse(until), hours.time_zone, now, language) });
}

/** "Mon 23". */
export function sayDay(date: string, language: string): string {
  const say = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(language), { ...options, timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
  return `${say({ weekday: "short" })} ${say({ day: "numeric" })}`;
}

/** "Friday, 25 December 2026"; of every year without weekday and year. */
export function sayDate(date: string, yearly: boolean, language: string): string {
  return new Intl.DateTimeFormat(locale(language), { day: "numeric", month: "long", ...(yearly ? {} : { weekday: "long", year: "numeric" }), timeZone: "UTC" }).format(new Date(`${date}T00:00:00Z`));
}

export type CloseUntil = "hour" | "today" | "at" | "open";

/** The end of a closure that begins now; null = until further notice, undefined = it is no time yet, or over. */
export function closureEnd(choice: CloseUntil, now: number, zone: string, at: { date: string; time: string | null }): number | null | undefined {
  const today = localOf(now, zone).slice(0, 10);
  if (choice === "open") return null;
  if (choice === "hour") return now + 3_600_000;
  if (choice === "today") return instantOf(today, "24:00", zone);
  if (at.date === "" || at.time === null) return undefined;
  const end = instantOf(at.date, at.time, zone);
  return end > now ? end : undefined;
}

/** What the page knows of the time may lie behind the moment at which somebody just closed. */
const SKEW_MS = 60_000;

export function isPlanned({ from }: BusinessHours["closures"][number], now: number): boolean {
  return Date.parse(from) > now + SKEW_MS;
}

/** Without the closures that hold now and those that are over. */
export function reopened(closures: BusinessHours["closures"], now: number): BusinessHours["closures"] {
  return closures.filter((closure) => isPlanned(closure, now));
}

/** Without those that are over. */
export function stillDue(closures: BusinessHours["closures"], now: number): BusinessHours["closures"] {
  return closures.filter(({ until }) => until === null || Date.parse(until) > now);
}

export function holdsNow(closure: BusinessHours["closures"][number], now: number): boolean {
  return !isPlanned(closure, now) && (closure.until === null || Date.parse(closure.until) > now);
}

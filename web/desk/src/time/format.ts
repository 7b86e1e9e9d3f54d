// Times as people say them: "now", "6 min", "2 h 14", "14:08", "2 Oct"; seconds only where they run out.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface TimeWords { now: string; minutes: (n: number) => string; hours: (h: number, m: number) => string; days: (n: number) => string; seconds: (n: number) => string }

/** How long something lasts already; `ms` below a minute is "now". */
export function sayWait(ms: number, words: TimeWords): string {
  if (ms < MINUTE) return words.now;
  if (ms < HOUR) return words.minutes(Math.floor(ms / MINUTE));
  if (ms < 24 * HOUR) return words.hours(Math.floor(ms / HOUR), Math.floor((ms % HOUR) / MINUTE));
  return words.days(Math.floor(ms / (24 * HOUR)));
}

/** How long something took: "12 s" below a minute, from there as a wait is said. */
export function saySpan(ms: number, words: TimeWords): string {
  return ms < MINUTE ? words.seconds(Math.floor(ms / 1000)) : sayWait(ms, words);
}

/** "0:07", "1:20": minutes and seconds left, never below zero. */
export function sayLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function sayClock(at: string | number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
}

/** Today the clock, this year "2 Oct", before that with the year. */
export function sayWhen(at: string, now: number, language: string): string {
  const then = new Date(at);
  const today = new Date(now);
  if (then.toDateString() === today.toDateString()) return sayClock(at, language);
  const sameYear = then.getFullYear() === today.getFullYear();
  return new Intl.DateTimeFormat(locale(language), { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) }).format(then);
}

export function sayDay(at: string, now: number, language: string, today: string, yesterday: string): string {
  const then = new Date(at);
  if (then.toDateString() === new Date(now).toDateString()) return today;
  if (then.toDateString() === new Date(now - 24 * HOUR).toDateString()) return yesterday;
  const sameYear = then.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale(language), { weekday: "long", day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).format(then);
}

/** Day before month, as the rest of the house writes. */
function locale(language: string): string {
  return language === "en" ? "en-GB" : language;
}

/** "0.1 kB", "1.4 kB", "2 MB"; a kilobyte is 1,024 bytes, as in the limits. */
export function sayBytes(bytes: number, language: string): string {
  const [unit, of] = bytes < 1024 * 1024 ? (["kilobyte", 1024] as const) : (["megabyte", 1024 * 1024] as const);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(Math.max(0.1, bytes / of));
}

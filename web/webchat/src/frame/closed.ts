// When somebody is there again, in the reader's language and by their own clock.
import { isRecord, type Language } from "../shared/protocol.ts";
import { CLOSED_TEXTS } from "./view/closed-texts.ts";

const DAY_MS = 86_400_000;
/** A weekday alone would be read as one of these next days. */
const WEEKDAY_DAYS = 6;

/** Milliseconds since the epoch; null where nobody knows. */
export function opening(closed: unknown): number | null {
  const at = isRecord(closed) && typeof closed["opens_at"] === "string" ? Date.parse(closed["opens_at"]) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** The sentence to show, or null once it is open again. `zone`: the reader's; without it the browser's. */
export function closedWords(language: Language, opensAt: number | null, now: number, zone?: string): string | null {
  const texts = CLOSED_TEXTS[language];
  if (opensAt === null) return texts.unknown;
  if (opensAt <= now) return null;
  const say = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...options, timeZone: zone }).format(opensAt);
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(opensAt);
  const days = Math.round((midnight(opensAt, zone) - midnight(now, zone)) / DAY_MS);
  if (days === 0) return fill(texts.today, { time });
  if (days === 1) return fill(texts.tomorrow, { time });
  if (days <= WEEKDAY_DAYS) return fill(texts.weekday, { day: say({ weekday: "long" }), time });
  const sameYear = new Date(midnight(opensAt, zone)).getUTCFullYear() === new Date(midnight(now, zone)).getUTCFullYear();
  // A day and its month stay on one line.
  const day = say({ day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) }).replace(/(\d\S*) /, "$1\u00A0");
  return fill(texts.date, { day, time });
}

/** The reader's day as midnight UTC, so that days can be counted across a change of the clocks. */
function midnight(at: number, zone: string | undefined): number {
  const parts = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "numeric", day: "numeric", timeZone: zone }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"));
}

function fill(text: string, params: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole);
}

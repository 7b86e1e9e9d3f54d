// Days: when a service ended, and how long a credential still lives.
const DAY_MS = 86_400_000;
/** From how many days on an end is worth a warning. */
const SOON_DAYS = 14;

/** "31 July 2024"; a day without a time is the same day everywhere. */
export function sayDate(at: string, language: string): string {
  const dayOnly = /^\d{4}-\d{2}-\d{2}$/.test(at);
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "long", ...(dayOnly && { timeZone: "UTC" }) }).format(new Date(at));
}

/** How far off an end is: "in 58 days", "in 5 hours", "2 days ago". */
export function sayLeft(at: string, now: number, language: string): { words: string; tone: "" | "warn" | "bad" } {
  const left = Date.parse(at) - now;
  const days = Math.trunc(left / DAY_MS);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const words = days === 0 ? relative.format(Math.trunc(left / 3_600_000), "hour") : relative.format(days, "day");
  return { words, tone: left <= 0 ? "bad" : days < SOON_DAYS ? "warn" : "" };
}

/** How long ago something was: "4 minutes ago", "3 hours ago", "2 days ago". */
export function sayAgo(at: string, now: number, language: string): string {
  const minutes = Math.max(0, Math.trunc((now - Date.parse(at)) / 60_000));
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  if (minutes < 60) return relative.format(-minutes, "minute");
  return minutes < 2 * 1440 ? relative.format(-Math.trunc(minutes / 60), "hour") : relative.format(-Math.trunc(minutes / 1440), "day");
}

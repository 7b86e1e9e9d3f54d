// Times and numbers by the reader's locale: "14:08" today, "2 Oct" this year, "2 Oct 2024" before.
const MINUTE_S = 60;

/** English dates are written the long way round here: 2 Oct, 14:08. */
function locale(language: string): string {
  return language === "en" ? "en-GB" : language;
}

function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

export function shortTime(iso: string, language: string, now = new Date()): string {
  const at = new Date(iso);
  if (sameDay(at, now)) return at.toLocaleTimeString(locale(language), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const year = at.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return at.toLocaleDateString(locale(language), { day: "numeric", month: "short", year });
}

export function fullTime(iso: string, language: string): string {
  return new Date(iso).toLocaleString(locale(language), { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}

/** Seconds as a clock: 0:48, 6:12, 2:14:08. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / MINUTE_S);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % MINUTE_S)}` : `${minutes}:${two(whole % MINUTE_S)}`;
}

/** Seconds since an instant, on the server's clock. */
export function secondsSince(iso: string, now_ms: number): number {
  return Math.max(0, (now_ms - Date.parse(iso)) / 1000);
}

// A zone's clock on the wall as text, "2026-11-23T14:05": texts of this form are in the order of time.
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The zone, or nothing where this browser has never heard of it. */
export function knownZone(zone: string): string | undefined {
  try {
    clockOf(zone);
    return zone;
  } catch {
    return undefined;
  }
}

/** What the clock shows there at an instant (ms since the epoch). Throws for a zone that is not known. */
export function localOf(at: number, zone: string): string {
  const parts = new Map(clockOf(zone).formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.get("year")}-${parts.get("month")}-${parts.get("day")}T${parts.get("hour")}:${parts.get("minute")}`;
}

/** The instant at which the clock there shows this; "24:00" is the next day's midnight. Where clocks jump over it, up to an hour off. */
export function instantOf(date: string, time: string, zone: string): number {
  const wall = Date.parse(`${date}T00:00:00Z`) + minutesOf(time) * MINUTE_MS;
  let at = wall;
  // The second round uses the offset that holds there, not the one some hours away.
  for (let round = 0; round < 2; round += 1) at = wall - (Date.parse(`${localOf(at, zone)}:00Z`) - at);
  return at;
}

/** "09:30" as minutes after midnight. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

export function timeOf(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The day so many days later. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whether it is a day of the calendar, such as "2028-02-29". */
export function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  clocks.set(zone, made);
  return made;
}

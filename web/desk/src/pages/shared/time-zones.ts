// Time zones by their names in the database, as the browser knows them.
import type { Option } from "@seaway/kit/Select";

/** Every zone to choose from, and those in use even if this browser has another name for them: "America/New_York" reads "America/New York". */
export function zoneOptions(...inUse: string[]): Option[] {
  const names = new Set(["UTC", ...inUse, ...Intl.supportedValuesOf("timeZone")]);
  return [...names].toSorted().map((id) => ({ id, label: id.replaceAll("_", " ") }));
}

/** Where this browser is, e.g. "Europe/Berlin". */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

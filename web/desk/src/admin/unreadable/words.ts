// Why something could not be read, and how large it is.
import type { UnreadableDelivery } from "@seaway/api/types";
import type { TFunction } from "i18next";

/** A reason of our own in the reader's language; null where a connector says it, in English. */
export function sayWhy(t: TFunction, one: Pick<UnreadableDelivery, "kind" | "why">): string | null {
  return one.kind === "event" && one.why === "it failed three times" ? t("unreadable.reason.failed") : null;
}

/** "0.9 kB", "1.4 kB", "2.1 MB". */
export function sayBytes(bytes: number, language: string): string {
  const [unit, of] = bytes < 1_000_000 ? (["kilobyte", 1_000] as const) : (["megabyte", 1_000_000] as const);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(Math.max(0.1, bytes / of));
}

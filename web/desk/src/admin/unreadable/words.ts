// Why something could not be read.
import type { UnreadableDelivery } from "@seaway/api/types";
import type { TFunction } from "i18next";

/** A reason of our own in the reader's language; null where a connector says it, in English. */
export function sayWhy(t: TFunction, one: Pick<UnreadableDelivery, "kind" | "why">): string | null {
  return one.kind === "event" && one.why === "it failed three times" ? t("unreadable.reason.failed") : null;
}

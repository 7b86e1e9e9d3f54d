// What a webhook can hear of, in the order of the list, and how each is called.
import type { EventName } from "@seaway/api/types";
import type { TFunction } from "i18next";

export const EVENTS: readonly EventName[] = [
  "message.added", "message.updated", "conversation.updated", "reservation.created", "reservation.updated", "task.updated", "worker.updated", "person.updated", "seen.updated", "settings.updated",
];

/** "message.added" → "Message added". */
export function sayEvent(t: TFunction, event: EventName): string {
  return t(`webhooks.kinds.${event.replace(".", "_")}`, { defaultValue: event });
}

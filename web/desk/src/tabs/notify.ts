// Whether a desktop notification may be shown: the browser has to allow it, and the agent may say no.
import type { Preferences } from "@seaway/api/types";

/** True when the browser granted notifications and the agent did not switch them off; who granted them need not ask twice. */
export function notificationsOn(preferences: Preferences): boolean {
  return preferences.notifications !== false && typeof Notification !== "undefined" && Notification.permission === "granted";
}

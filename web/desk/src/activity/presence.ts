import type { Worker } from "@seaway/api/types";
import type { Presence } from "@seaway/kit/Avatar";

export function presenceOf(worker: Pick<Worker, "activity" | "connected">): Presence {
  if (!worker.connected) return "off";
  return worker.activity.available ? "on" : "busy";
}

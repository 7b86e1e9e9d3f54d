// When the board speaks up. Healthy is grey; amber says act soon, red says too late.

/** Seconds a customer may wait before the number turns amber, and red. */
export const WAIT_SOON_S = 120;
export const WAIT_LATE_S = 300;

export type Urgency = "" | "warn" | "bad";

export function waitUrgency(seconds: number): Urgency {
  return seconds >= WAIT_LATE_S ? "bad" : seconds >= WAIT_SOON_S ? "warn" : "";
}

/** A share below the aim is amber, one below half of it red; without any accepted task it says nothing. */
export function levelUrgency(percent: number | null, aim: number): Urgency {
  if (percent === null || percent >= aim) return "";
  return percent * 2 < aim ? "bad" : "warn";
}

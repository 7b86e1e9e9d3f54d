// What a task goes through, in one line of time: it comes to a queue, and is offered from there.
import type { TaskWhy } from "@seaway/api/types";

export interface Moment { at: string; visit?: TaskWhy["way"][number]; offer?: TaskWhy["offers"][number] }

/** At the same instant it came to a queue before it was offered. */
export function moments({ way, offers }: Pick<TaskWhy, "way" | "offers">): Moment[] {
  const all: Moment[] = [...way.map((visit) => ({ at: visit.at, visit })), ...offers.map((offer) => ({ at: offer.created_at, offer }))];
  return all.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at) || Number(a.visit === undefined) - Number(b.visit === undefined));
}

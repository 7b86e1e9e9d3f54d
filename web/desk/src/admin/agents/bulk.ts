// What a bulk edit asks of the server, from the form's few fields.
import type { Who, WorkersChange, WorkersEditAsked } from "@seaway/api/types";

export type BulkKind = "add" | "level" | "remove" | "capacity" | "activity";
export const BULK_KINDS: readonly BulkKind[] = ["add", "level", "remove", "capacity", "activity"];

export interface BulkForm { kind: BulkKind; skill: string; /** As typed; empty = none. */ level: string; channel: string; capacity: string; activity: string }

export interface Filter { search: string; skill: string; queue: string; activity: string }
export const NO_FILTER: Filter = { search: "", skill: "", queue: "", activity: "" };

/** The change, or null as long as something is missing or no number. */
export function changeOf(form: BulkForm): Partial<WorkersChange> | null {
  const name = form.skill.trim();
  const level = numberOf(form.level);
  switch (form.kind) {
    case "add": return name && level !== undefined ? { put_skills: [level === null ? { name } : { name, level }] } : null;
    case "level": return name && level !== undefined ? { set_levels: [{ name, level }] } : null;
    case "remove": return name ? { remove_skills: [name] } : null;
    case "capacity": {
      const capacity = numberOf(form.capacity);
      return form.channel && typeof capacity === "number" && Number.isInteger(capacity) && capacity >= 0 ? { capacities: [{ channel: form.channel, capacity }] } : null;
    }
    case "activity": return form.activity ? { activity_id: form.activity } : null;
  }
}

/** Null for nothing typed, undefined for what is no number. */
function numberOf(text: string): number | null | undefined {
  if (!text.trim()) return null;
  const number = Number(text.trim().replace(",", "."));
  return Number.isFinite(number) ? number : undefined;
}

/** Those ticked, or all that the filter finds. */
export function whoOf(filter: Filter, ticked: ReadonlySet<string>, everybody: boolean): Partial<Who> {
  if (!everybody) return { ids: [...ticked] };
  const of = (text: string) => text.trim() || null;
  return { search: of(filter.search), skill: of(filter.skill), queue_id: of(filter.queue), activity_id: of(filter.activity) };
}

export function editsOf(who: Partial<Who>, form: BulkForm): WorkersEditAsked[] | null {
  const change = changeOf(form);
  return change && [{ who, change }];
}

/** The table's address for a page of what the filter finds. */
export function tablePath(filter: Filter, page: number, limit: number): string {
  const asked = { search: filter.search.trim(), skill: filter.skill, queue_id: filter.queue, activity_id: filter.activity };
  const query = new URLSearchParams(Object.entries(asked).filter(([, text]) => text));
  query.set("page", String(page));
  query.set("limit", String(limit));
  return `/workers/table?${query}`;
}

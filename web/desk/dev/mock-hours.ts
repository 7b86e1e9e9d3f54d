// Business hours and the queues that point at them, for looking at their pages without a server. Used only by `?mock` in development.
import type { BusinessHours, TaskQueue } from "@seaway/api/types";
import { comingDays } from "../src/admin/hours/coming.ts";
import { dayAfter, instantOf, localOf } from "../src/admin/hours/zoned.ts";
import { accounts } from "./mock-channels.ts";

const YEAR_DAYS = 366;
type Kept = Omit<BusinessHours, "now" | "used_by">;
const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;
const span = (from: string, to: string) => ({ from, to });
const soon = (days: number) => dayAfter(localOf(Date.now(), "Europe/Berlin").slice(0, 10), days);

const none = location.search.includes("hours=none");
let kept: Kept[] = none ? [] : [
  { id: "KHberlin", name: "Berlin shop", time_zone: "Europe/Berlin", weekly: [...weekdays.flatMap((day) => [{ day, ...span("09:00", "12:30") }, { day, ...span("13:30", "18:00") }]), { day: "saturday", ...span("10:00", "14:00") }], closures: [], version: 3,
    dates: [{ date: soon(2), name: "Stocktaking", yearly: false, open: [span("12:00", "18:00")] }, { date: soon(4), name: "Works outing", yearly: false, open: [] }, { date: "2026-12-25", name: "Christmas Day", yearly: true, open: [] }, { date: "2026-12-31", name: "New Year’s Eve", yearly: true, open: [span("09:00", "13:00")] }] },
  { id: "KHhotline", name: "Hotline around the clock", time_zone: "UTC", weekly: [...weekdays, "saturday", "sunday"].map((day) => ({ day: day as "monday", ...span("00:00", "24:00") })), dates: [], closures: [], version: 1 },
  { id: "KHseoul", name: "서울 매장", time_zone: "Asia/Seoul", weekly: weekdays.map((day) => ({ day, ...span("10:00", "19:00") })), dates: [], closures: [{ from: new Date(Date.now() - 3_600_000).toISOString(), until: new Date(Date.now() + 5 * 3_600_000).toISOString(), reason: "Power cut" }, { from: new Date(Date.now() + 50 * 3_600_000).toISOString(), until: new Date(Date.now() + 54 * 3_600_000).toISOString(), reason: "Team day" }], version: 2 },
];

const queue = (id: string, name: string, target_workers: string, waiting: number, business_hours_id: string | null): TaskQueue => ({ id, name, target_workers, max_reserved_workers: 1, task_order: "FIFO", signature: "", waiting, business_hours_id, version: 1 });
export const queues: TaskQueue[] = [queue("WQsales", "Sales", 'department == "sales"', 3, none ? null : "KHberlin"), queue("WQsupport", "Support", "1==1", 0, none ? null : "KHberlin"), queue("WQvip", "VIP", "vip == true", 0, null)];

interface Said { status: number; body?: unknown; code?: string; field?: string }

export function hoursAnswer(method: string, id: string, body: Record<string, unknown>): Said {
  const found = kept.find((one) => one.id === id);
  if (method === "GET" && !id) return { status: 200, body: { items: kept.map(view), next_cursor: null } };
  if (method !== "POST" && !found) return { status: 404, code: "not_found" };
  if (kept.some((one) => one.id !== id && one.name === body["name"])) return { status: 422, code: "taken", field: "/name" };
  if (method === "POST") kept = [...kept, { ...(body as unknown as Kept), id: `KHnew${kept.length}`, version: 1 }];
  else if (method === "PATCH" && found) {
    if (body["version"] !== found.version) return { status: 409, code: "stale_version" };
    Object.assign(found, body, { version: found.version + 1 });
  } else if (method === "DELETE" && found) {
    const { task_queues, channel_accounts } = view(found).used_by;
    if (task_queues.length + channel_accounts.length > 0) return { status: 409, code: "in_use" };
    kept = kept.filter((one) => one !== found);
    return { status: 204, body: null };
  }
  const changed = method === "POST" ? kept.at(-1) : found;
  return changed ? { status: method === "POST" ? 201 : 200, body: view(changed) } : { status: 404, code: "not_found" };
}

function view(one: Kept): BusinessHours {
  const now = Date.now();
  const spans = comingDays(one, now, YEAR_DAYS).flatMap(({ date, open }) => open.map(({ from, to }) => [instantOf(date, from, one.time_zone), instantOf(date, to, one.time_zone)] as const));
  const joined: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = joined.at(-1);
    if (last && last[1] === from) last[1] = to;
    else joined.push([from, to]);
  }
  const open = joined.find(([from, to]) => from <= now && to > now);
  const next = joined.find(([from]) => from > now);
  const closure = one.closures.find(({ from, until }) => Date.parse(from) <= now && (until === null || Date.parse(until) > now));
  const today = comingDays(one, now, 1)[0];
  const until = open ? (joined.length === 1 ? null : open[1]) : next?.[0];
  return {
    ...one,
    now: { open: Boolean(open), until: until ? new Date(until).toISOString() : null, because: closure ? "closure" : today?.isSpecial ? "date" : "weekly", name: closure?.reason ?? today?.name ?? "" },
    used_by: { task_queues: queues.filter((queue) => queue.business_hours_id === one.id).map(({ id, name }) => ({ id, name })), channel_accounts: accounts.filter((account) => account.business_hours_id === one.id).map(({ id, name }) => ({ id, name })) },
  };
}

// A workflow's document as the form sees it, and each change the form makes to its text.
// The text is what is saved: a change rewrites the one place it concerns, and what the form does not know stays as it is.
import { insertItem, removeItem, setKey, swapItems } from "../shared/json-edit.ts";

export const TARGET_KEYS = ["queue", "expression", "priority", "timeout", "order_by", "skip_if", "known_worker_sid", "known_worker_friendly_name"] as const;
export type TargetKey = (typeof TARGET_KEYS)[number];
/** As typed; an empty field is a key that is not there. */
export type Target = Record<TargetKey, string> & { /** Keys the form has no field for. */ others: string[] };
export interface Filter { name: string; expression: string; targets: Target[]; others: string[] }
/** `other` takes what no filter takes; null: nothing does. */
export interface Rules { filters: Filter[]; other: Target | null }
/** Why there is no form: the text is no JSON, or JSON that is no workflow. */
export type Unread = "json" | "shape";

const ROOT = "/task_routing";
const FILTERS = `${ROOT}/filters`;
export const OTHER = `${ROOT}/default_filter`;
const NUMBERS: ReadonlySet<string> = new Set(["timeout", "priority"]);
const NAME_KEYS = ["filter_friendly_name", "friendly_name"] as const;
const FILTER_KEYS = ["filter_friendly_name", "friendly_name", "expression", "targets"];
const ROOT_KEYS = ["filters", "default_filter"];

export const filterPlace = (filter: number) => `${FILTERS}/${filter}`;
export const targetsPlace = (filter: number) => `${filterPlace(filter)}/targets`;
export const targetPlace = (filter: number, target: number) => `${targetsPlace(filter)}/${target}`;

/** A new workflow sends everything to one queue. */
export function blankDocument(queue: string): string {
  return JSON.stringify({ task_routing: { filters: [], default_filter: { queue } } }, null, 2);
}

export function readRules(text: string): Rules | Unread {
  const document = parsed(text);
  if (document === undefined) return "json";
  if (!isObject(document)) return "shape";
  const routing = document["task_routing"] ?? {};
  if (!isObject(routing)) return "shape";
  const filters = readList(routing["filters"], readFilter);
  const other = routing["default_filter"] ?? null;
  if (!filters || (other !== null && !isObject(other))) return "shape";
  return { filters, other: other && readTarget(other) };
}

function readFilter(value: Record<string, unknown>): Filter | null {
  const targets = readList(value["targets"], readTarget);
  if (!targets) return null;
  const known = ["expression", "targets", nameKey(value)];
  return { name: typed(value[nameKey(value)]), expression: typed(value["expression"]), targets, others: Object.keys(value).filter((key) => !known.includes(key)) };
}

function readTarget(value: Record<string, unknown>): Target {
  const known = TARGET_KEYS.map((key) => [key, typed(value[key])]);
  return { ...(Object.fromEntries(known) as Record<TargetKey, string>), others: Object.keys(value).filter((key) => !TARGET_KEYS.some((one) => one === key)) };
}

/** Null when it is no list, or one of its items is not an object. */
function readList<T>(value: unknown, read: (item: Record<string, unknown>) => T | null): T[] | null {
  const items: unknown = value ?? [];
  if (!Array.isArray(items)) return null;
  const all = items.map((item: unknown) => (isObject(item) ? read(item) : null));
  return all.every((item) => item !== null) ? all : null;
}

export function addFilter(text: string): string {
  return push(withRouting(text), ROOT, "filters", { targets: [{}] }, ROOT_KEYS);
}

export function removeFilter(text: string, filter: number): string {
  return removeItem(text, FILTERS, filter);
}

export function moveFilter(text: string, from: number, to: number): string {
  return swapItems(text, FILTERS, from, to);
}

export function setFilterName(text: string, filter: number, name: string): string {
  return setKey(text, filterPlace(filter), nameKey(at(text, filterPlace(filter))), name || undefined, FILTER_KEYS);
}

export function setFilterExpression(text: string, filter: number, expression: string): string {
  return setKey(text, filterPlace(filter), "expression", expression || undefined, FILTER_KEYS);
}

export function addTarget(text: string, filter: number): string {
  return push(text, filterPlace(filter), "targets", {}, FILTER_KEYS);
}

export function removeTarget(text: string, filter: number, target: number): string {
  return removeItem(text, targetsPlace(filter), target);
}

export function moveTarget(text: string, filter: number, from: number, to: number): string {
  return swapItems(text, targetsPlace(filter), from, to);
}

export function setTarget(text: string, filter: number, target: number, key: TargetKey, value: string): string {
  return setKey(text, targetPlace(filter, target), key, asValue(key, value), TARGET_KEYS);
}

/** Null: what no filter takes is taken by nobody. */
export function setOtherQueue(text: string, queue: string | null): string {
  if (queue === null) return setKey(text, ROOT, "default_filter", undefined);
  if (isObject(at(text, OTHER))) return setKey(text, OTHER, "queue", queue, TARGET_KEYS);
  return setKey(withRouting(text), ROOT, "default_filter", { queue }, ROOT_KEYS);
}

/** What stands at a pointer; undefined when nothing does. */
export function at(text: string, pointer: string): unknown {
  return pointer.split("/").slice(1).reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return (value as unknown[])[Number(part)];
    return isObject(value) ? value[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }, parsed(text));
}

function withRouting(text: string): string {
  return isObject(at(text, ROOT)) ? text : setKey(text, "", "task_routing", {});
}

function push(text: string, object: string, key: string, item: unknown, order: readonly string[]): string {
  const list = at(text, `${object}/${key}`);
  return Array.isArray(list) ? insertItem(text, `${object}/${key}`, list.length, item) : setKey(text, object, key, [item], order);
}

/** Old documents call a filter's name `friendly_name`; it keeps the key it has. */
function nameKey(filter: unknown): string {
  return (isObject(filter) && NAME_KEYS.find((key) => key in filter)) || NAME_KEYS[0];
}

function asValue(key: TargetKey, value: string): string | number | undefined {
  if (value === "") return undefined;
  return NUMBERS.has(key) && /^\d+$/.test(value) ? Number(value) : value;
}

function typed(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

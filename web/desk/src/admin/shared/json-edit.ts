// One change to a JSON text, made in the text itself: what is not concerned keeps its keys, their order and its layout.
// Places are JSON pointers. A text that is not JSON is given back as it is.
import { mapJson, type JsonMap, type JsonPlace } from "./json-map.ts";

/** Sets a key, or takes it away (`undefined`). A new one stands before the first key that follows it in `order`, else last. */
export function setKey(text: string, object: string, key: string, value: unknown, order: readonly string[] = []): string {
  const map = mapJson(text);
  const whole = map.places.get(object);
  if (map.fault || !whole || text.charAt(whole.start) !== "{") return text;
  const held = map.places.get(`${object}/${key}`);
  // A key that stands there twice is gone when both are.
  if (held && value === undefined) return setKey(removed(text, held), object, key, undefined);
  if (value === undefined) return text;
  if (held) return text.slice(0, held.start) + laidOut(value, layoutAt(text, held.from)) + text.slice(held.end);
  const later = order.slice(order.indexOf(key) + 1);
  const members = childrenOf(map, object);
  const next = members.find(({ name }) => later.includes(name));
  return inserted(text, whole, members.map(({ place }) => place), next?.place, `${JSON.stringify(key)}: `, value);
}

/** Puts a value into a list, before the item that stands at `index`. */
export function insertItem(text: string, list: string, index: number, value: unknown): string {
  const map = mapJson(text);
  const whole = map.places.get(list);
  if (map.fault || !whole || text.charAt(whole.start) !== "[") return text;
  const items = childrenOf(map, list).map(({ place }) => place);
  return inserted(text, whole, items, items[index], "", value);
}

export function removeItem(text: string, list: string, index: number): string {
  const map = mapJson(text);
  const item = map.places.get(`${list}/${index}`);
  return map.fault || !item ? text : removed(text, item);
}

/** Two items of a list change places. */
export function swapItems(text: string, list: string, one: number, other: number): string {
  const map = mapJson(text);
  const first = map.places.get(`${list}/${Math.min(one, other)}`);
  const second = map.places.get(`${list}/${Math.max(one, other)}`);
  if (map.fault || !first || !second || one === other) return text;
  return text.slice(0, first.start) + text.slice(second.start, second.end) + text.slice(first.end, second.start) + text.slice(first.start, first.end) + text.slice(second.end);
}

function childrenOf(map: JsonMap, pointer: string): { name: string; place: JsonPlace }[] {
  return [...map.places].filter(([at]) => at.startsWith(`${pointer}/`) && !at.slice(pointer.length + 1).includes("/"))
    .map(([at, place]) => ({ name: at.slice(pointer.length + 1), place })).toSorted((a, b) => a.place.from - b.place.from);
}

function inserted(text: string, whole: JsonPlace, members: readonly JsonPlace[], next: JsonPlace | undefined, key: string, value: unknown): string {
  const beside = next ?? members.at(-1);
  if (!beside) {
    const outer = layoutAt(text, whole.from);
    const inner = text.includes("\n") ? `${outer ?? indentOf(text, whole.from)}  ` : null;
    const [before, after] = inner === null ? ["", ""] : [`\n${inner}`, `\n${inner.slice(2)}`];
    return text.slice(0, whole.start + 1) + before + key + laidOut(value, inner) + after + text.slice(whole.end - 1);
  }
  const gap = text.slice(spaceBefore(text, beside.from), beside.from);
  const member = key + laidOut(value, gap.includes("\n") ? indentOf(text, beside.from) : null);
  return next ? `${text.slice(0, next.from)}${member},${gap}${text.slice(next.from)}` : `${text.slice(0, beside.end)},${gap}${member}${text.slice(beside.end)}`;
}

/** The comma goes too: the one behind, or for the last one that before it. */
function removed(text: string, { from, end }: JsonPlace): string {
  const behind = spaceAfter(text, end);
  if (text.charAt(behind) === ",") return text.slice(0, from) + text.slice(spaceAfter(text, behind + 1));
  const before = spaceBefore(text, from);
  return text.charAt(before - 1) === "," ? text.slice(0, before - 1) + text.slice(end) : text.slice(0, before) + text.slice(behind);
}

/** Over several lines below an indent, or on one line (`null`). */
function laidOut(value: unknown, indent: string | null): string {
  const text = JSON.stringify(value, null, 2);
  return indent === null ? text.replaceAll(/\n\s*/g, " ") : text.replaceAll("\n", `\n${indent}`);
}

/** The indent of a member that has its line to itself; null for one among others. */
function layoutAt(text: string, from: number): string | null {
  const indent = indentOf(text, from);
  const lineStart = text.lastIndexOf("\n", from - 1) + 1;
  return lineStart > 0 && lineStart + indent.length === from ? indent : null;
}

function indentOf(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at - 1) + 1))?.[0] ?? "";
}

function spaceBefore(text: string, at: number): number {
  return text.slice(0, at).trimEnd().length;
}

function spaceAfter(text: string, at: number): number {
  return text.length - text.slice(at).trimStart().length;
}

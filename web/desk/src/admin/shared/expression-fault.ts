// Where an expression or a JSON text breaks, as the server tells it in a problem's params: line and column from 1, or an offset from 0.
import type { Refusal } from "../../api/http.ts";

export interface Place { line: number; column: number }

export function placeOf(refusal: Refusal | null, text: string): Place | null {
  const params = refusal?.problem.params;
  if (!params) return null;
  const { line, column } = params;
  if (typeof line === "number" && typeof column === "number") return { line, column };
  const offset = params["offset"] ?? params["position"];
  return typeof offset === "number" ? placeAt(text, offset) : null;
}

/** `offset` counts bytes of UTF-8, as the server does. */
export function placeAt(text: string, offset: number): Place {
  const before = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, offset));
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

/** The line with a caret under the wrong place, for a monospaced block. */
export function pointAt(text: string, place: Place): string {
  const line = text.split("\n")[place.line - 1] ?? "";
  const start = Math.max(0, place.column - 41);
  return `${line.slice(start, start + 80)}\n${" ".repeat(place.column - 1 - start)}^`;
}

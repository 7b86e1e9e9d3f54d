// What a refusal says about a text being edited: its place comes from the field's pointer below `base`, or from line and column.
import type { Refusal } from "../../api/http.ts";
import type { TextProblem } from "./JsonEditor.tsx";
import { placeOf } from "./expression-fault.ts";

export function textProblems(refusal: Refusal, base: string, text: string, words: string): TextProblem[] {
  const field = pointerOf(refusal.problem.field ?? "");
  if (field !== base && !field.startsWith(`${base}/`)) return [];
  const path = field.slice(base.length);
  // Below the base, line and column count inside the one expression that is wrong, not in the whole text.
  const place = path === "" ? placeOf(refusal, text) : null;
  return [{ message: words, path, line: place?.line, tone: "bad" }];
}

/** "configuration.filters[0].queue" is the same place as "/configuration/filters/0/queue". */
export function pointerOf(field: string): string {
  if (field === "" || field.startsWith("/")) return field;
  return `/${field.replaceAll(/\[(\d+)\]/g, ".$1").split(".").filter(Boolean).join("/")}`;
}

// What the server refused, at its place in the document, for as long as what stands there is what was refused.
import { useMemo, useRef } from "react";
import type { Refusal } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { same } from "../../pages/shared/form.ts";
import { pointerOf } from "../shared/text-problems.ts";
import type { Fault } from "./rules-context.ts";
import { at } from "./workflow-document.ts";

const BASE = "/configuration";

export function useFault(refusal: Refusal | null, text: string): Fault | null {
  const words = useProblemWords();
  const sent = useRef<{ refusal: Refusal; text: string } | null>(null);
  if (!refusal) sent.current = null;
  else if (sent.current?.refusal !== refusal) sent.current = { refusal, text };
  const field = pointerOf(refusal?.problem.field ?? "");
  const pointer = field.startsWith(`${BASE}/`) ? field.slice(BASE.length) : null;
  const isMended = pointer !== null && !same(at(text, pointer), at(sent.current?.text ?? text, pointer));
  const told = refusal && pointer !== null && !isMended ? words(refusal) : null;
  // One object as long as it says the same, so that what it opens can be closed again; a new refusal opens it once more.
  return useMemo(() => (pointer !== null && told !== null && refusal ? { pointer, words: told } : null), [pointer, told, refusal]);
}

// What the server thinks of a definition while it is typed: errors stop publishing, warnings do not.
import type { FlowProblem } from "@seaway/api/types";
import { useEffect, useState } from "react";
import { http, ws, type Refusal } from "../../api/http.ts";
import { flowWords } from "../../i18n/problem-words.ts";
import { problemWords } from "../../pages/shared/problem.ts";
import { mapJson } from "../shared/json-map.ts";
import type { TextProblem } from "../shared/JsonEditor.tsx";
import { textProblems } from "../shared/text-problems.ts";

interface Verdict { valid: boolean; errors: FlowProblem[]; warnings: FlowProblem[] }
const QUIET_MS = 500;

export function useFlowProblems(definition: string, refusal: Refusal | null): { problems: TextProblem[]; errors: number } {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  useEffect(() => {
    if (mapJson(definition).fault) { setVerdict(null); return; }
    const gone = new AbortController();
    const timer = setTimeout(() => {
      // A failed check says nothing about the text; saving will tell.
      http.post<Verdict>(ws("/flows/validate"), { definition }, { signal: gone.signal }).then(setVerdict, () => setVerdict(null));
    }, QUIET_MS);
    return () => { clearTimeout(timer); gone.abort(); };
  }, [definition]);
  const refused = refusal ? textProblems(refusal, "/definition", definition, problemWords(refusal)) : [];
  const found = verdict ? toProblems(verdict.errors, verdict.warnings) : [];
  return { problems: [...refused.filter((one) => !found.some((other) => other.path === one.path)), ...found], errors: verdict?.errors.length ?? 0 };
}

export function toProblems(errors: readonly FlowProblem[], warnings: readonly FlowProblem[]): TextProblem[] {
  const shown = (tone: TextProblem["tone"]) => (problem: FlowProblem): TextProblem => ({ message: flowWords(problem), path: problem.path, tone });
  return [...errors.map(shown("bad")), ...warnings.map(shown("warn"))];
}

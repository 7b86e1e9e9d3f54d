// A refusal in the reader's words: by its code, else the server's English.
import type { Problem } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";
import { asRefusal } from "../api/http.ts";

export function sayRefusal(t: TFunction, thrown: unknown): string {
  return sayProblem(t, asRefusal(thrown).problem);
}

export function sayProblem(t: TFunction, problem: Problem): string {
  const key = `problem.${problem.code}`;
  if (i18next.exists(key)) return t(key, { ...problem.params, interpolation: { escapeValue: false } });
  return problem.mend ? `${problem.detail}. ${problem.mend}` : problem.detail || t("problem.unknown", { code: problem.code });
}

// A refusal in the reader's words: by its code, else the server's English.
import type { Problem } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";
import { asRefusal } from "../api/http.ts";

export function sayRefusal(t: TFunction, thrown: unknown): string {
  return sayProblem(t, asRefusal(thrown).problem);
}

export function sayProblem(t: TFunction, problem: Problem): string {
  const key = `problem.${problem.code}`;
  const ns = ["desk", "pages"].find((one) => i18next.exists(key, { ns: one }));
  if (ns) return t(key, { ns, code: problem.code, ...problem.params, interpolation: { escapeValue: false } });
  return problem.mend ? `${problem.detail}. ${problem.mend}` : problem.detail || t("problem.unknown", { code: problem.code });
}

/** Why a message did not arrive: our words where the channel's reason is a known one, else the provider's own. */
export function sayUndelivered(t: TFunction, problem: { code: string; detail: string }): string {
  const key = `undelivered.${problem.code}`;
  // The provider's own words say more than "it could not".
  if (problem.code === "not_delivered" && problem.detail) return problem.detail;
  return i18next.exists(key) ? t(key) : problem.detail || t("undelivered.not_delivered");
}

// A refusal in the reader's words. `t` is asked for so that whoever says it draws anew when the language changes.
import type { Problem } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";
import { asRefusal } from "../api/http.ts";
import { problemWords, sentence } from "../i18n/problem-words.ts";

export function sayRefusal(t: TFunction, thrown: unknown): string {
  return sayProblem(t, asRefusal(thrown).problem);
}

export function sayProblem(_: TFunction, problem: Problem): string {
  return sentence(problemWords(problem));
}

/** What stands before the own words of a platform that joined by the custom channel. */
const SAYS = "The platform says: ";

/** Why a message did not arrive: our words where the channel's reason is a known one, else the provider's own. */
export function sayUndelivered(t: TFunction, problem: { code: string; detail: string }): string {
  const key = `undelivered.${problem.code}`;
  // The provider's own words say more than "it could not".
  if (problem.code === "not_delivered" && problem.detail) return problem.detail;
  // Whatever script they are in, they stay by themselves.
  if (problem.code === "platform_refused" && problem.detail.startsWith(SAYS)) return `${t(key)}: \u2068${problem.detail.slice(SAYS.length)}\u2069`;
  return i18next.exists(key) ? t(key) : problem.detail || t("undelivered.not_delivered");
}

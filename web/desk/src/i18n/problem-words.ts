// What a refusal says in the reader's language: the server's own table of codes (web/api/problems), so that API and desk say the same.
import type { FlowProblem, Problem } from "@seaway/api/types";
import i18next from "i18next";

export interface Words { detail: string; mend: string }
type Particulars = Record<string, string | number>;

/** What is wrong and what to do about it. */
export function problemWords(problem: Problem): Words {
  const params = problem.params ?? {};
  const words = narrowest(problem.code, [unnumbered(problem.field), params["what"], params["problem"], problem.status]);
  if (words) return filled(words, params);
  const key = `problem.${problem.code}`;
  if (i18next.exists(key, { ns: "desk" })) return { detail: i18next.t(key, { ns: "desk" }), mend: "" };
  const unknown = i18next.exists("problem.unknown", { ns: "desk" }) ? i18next.t("problem.unknown", { ns: "desk", code: problem.code }) : problem.title;
  return { detail: problem.detail || unknown, mend: problem.mend ?? "" };
}

/** One problem of a flow; the server's English where there are no words. */
export function flowWords(problem: FlowProblem): string {
  const words = problem.code === "unknown_next" ? narrowest("unknown_widget", []) : narrowest("flow_invalid", [problem.code], true);
  return words ? sentence(filled(words, { ...problem.params, path: problem.path })) : problem.message;
}

export function sentence({ detail, mend }: Words): string {
  return mend ? `${detail}. ${mend}` : detail;
}

/** The words of the first case that has its own, else those of the code. */
function narrowest(code: string, cases: readonly (string | number | undefined)[], caseOnly = false): Words | null {
  const table = tableOf(i18next.resolvedLanguage ?? "en") ?? tableOf("en");
  const named = cases.filter((one) => one !== undefined).map((one) => table?.[`${code} ${one}`]);
  return named.find((words) => words !== undefined) ?? (caseOnly ? null : (table?.[code] ?? null));
}

function tableOf(language: string): Record<string, Words> | undefined {
  if (!i18next.isInitialized) return undefined;
  return i18next.getResource(language, "problems", "problems") as Record<string, Words> | undefined;
}

/** "/roles/0/role" as "/roles/#/role": which one it is makes no other sentence. */
function unnumbered(field: string | undefined): string | undefined {
  return field?.split("/").map((part) => (/^\d+$/.test(part) ? "#" : part)).join("/");
}

function filled(words: Words, params: Particulars): Words {
  // Braces around anything else than a name are text.
  const fill = (text: string) => text.replaceAll(/\{\{([a-z_]+)\}\}/g, (_, name: string) => String(params[name] ?? "…"));
  return { detail: fill(words.detail), mend: fill(words.mend) };
}

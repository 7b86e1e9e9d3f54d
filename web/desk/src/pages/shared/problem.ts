// A refusal in the reader's words: `problem.<code>` of the catalogue, else the server's English detail.
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { asRefusal, type Refusal } from "../../api/http.ts";

export function problemWords(thrown: unknown): string {
  const { problem } = asRefusal(thrown);
  const key = `problem.${problem.code}`;
  const ns = ["pages", "desk"].find((one) => i18next.exists(key, { ns: one }));
  const known = ns !== undefined;
  const said = known ? i18next.t(key, { ns, code: problem.code, ...problem.params }) : problem.detail || problem.title;
  return problem.mend && !known ? `${said}. ${problem.mend}` : said;
}

/** The same, re-rendering when the language changes. */
export function useProblemWords(): (thrown: unknown) => string {
  useTranslation("pages");
  return problemWords;
}

/** True when the refusal blames this input. `pointer`: "/name" or a part of it. */
export function blames(refusal: Refusal | null, pointer: string): boolean {
  const field = refusal?.problem.field;
  return field !== undefined && (field === pointer || field.startsWith(`${pointer}/`));
}

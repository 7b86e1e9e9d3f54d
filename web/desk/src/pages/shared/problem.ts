// A refusal in the reader's words: what is wrong, and what to do.
import { useTranslation } from "react-i18next";
import { asRefusal, type Refusal } from "../../api/http.ts";
import { problemWords as wordsOf, sentence } from "../../i18n/problem-words.ts";

export function problemWords(thrown: unknown): string {
  return sentence(wordsOf(asRefusal(thrown).problem));
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

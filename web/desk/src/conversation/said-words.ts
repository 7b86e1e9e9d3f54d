// What somebody said, in a line: their words, or what there was instead of words.
import type { TFunction } from "i18next";

/** Says nothing of itself: a line about the conversation stands in its log alone. */
const SILENT = new Set(["", "notice", "unsent"]);

export function sayWhat(t: TFunction, text: string, what: string, otherwise: string): string {
  return text || (SILENT.has(what) ? otherwise : t(`what.${what}`, { ns: "desk" }));
}

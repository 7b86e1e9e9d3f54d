// The words of the languages that were asked for; each is a file of its own, so that nobody loads three.
import type { Language } from "../shared/protocol.ts";
import type { Texts } from "./languages/en.ts";

export type TextKey = keyof Texts;
/** Each language by its own name. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", de: "Deutsch", ko: "한국어" };

const loaded: Partial<Record<Language, Texts>> = {};

/** Makes `say` know a language. Rejects when its file cannot be loaded. */
export async function loadLanguage(language: Language): Promise<void> {
  if (loaded[language]) return;
  const file = language === "de" ? import("./languages/de.ts") : language === "ko" ? import("./languages/ko.ts") : import("./languages/en.ts");
  loaded[language] = (await file).default;
}

/** The text with its {placeholders} filled. The language must have been loaded. */
export function say(language: Language, key: TextKey, params: Record<string, string | number> = {}): string {
  return (loaded[language]?.[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

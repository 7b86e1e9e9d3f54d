// Each language by its own name, so that its readers find it.
const NAMES: Record<string, string> = { en: "English", de: "Deutsch", ko: "한국어" };

export function languageName(tag: string): string {
  return NAMES[tag] ?? tag;
}

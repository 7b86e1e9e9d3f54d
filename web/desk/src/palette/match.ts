// Does a line fit what was typed, and which letters show it. Case and accents do not matter; a start of a word counts more than its middle.

function plain(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{Diacritic}/gu, "").normalize("NFC").toLowerCase();
}

/** Higher fits better; 0 does not fit. */
export function scoreOf(text: string, sought: string): number {
  const needle = plain(sought.trim());
  if (!needle) return 1;
  const hay = plain(text);
  if (hay.startsWith(needle)) return 4;
  if (new RegExp(`(^|[\\s:,(])${needle.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`).test(hay)) return 3;
  if (hay.includes(needle)) return 2;
  const words = needle.split(/\s+/);
  return words.length > 1 && words.every((word) => hay.includes(word)) ? 1 : 0;
}

/** The text in parts; `hit` ones are what was typed. */
export function highlight(text: string, sought: string): { text: string; hit: boolean }[] {
  const needle = sought.trim().toLowerCase();
  const at = needle ? text.toLowerCase().indexOf(needle) : -1;
  if (at < 0) return [{ text, hit: false }];
  return [{ text: text.slice(0, at), hit: false }, { text: text.slice(at, at + needle.length), hit: true }, { text: text.slice(at + needle.length), hit: false }].filter((part) => part.text !== "");
}

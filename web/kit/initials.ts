// What an avatar shows of a name. Hangul and Han names stand family name first: two syllables of the given name.
const CJK = /^[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+$/u;

/** Two signs at most; "?" for a name without letters or digits, the last two digits for a phone number. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const first = words[0] ?? "";
  if (CJK.test(first)) {
    // "박예진" or "박 예진 ...": what is said after the family name.
    if (first.length === 1 && words[1] && CJK.test(words[1])) return [...words[1]].slice(-2).join("");
    // A numbered visitor, "방문자 9978": the digits tell them apart, not the word.
    if (/^\d+$/.test(words[1] ?? "")) return `${[...first][0] ?? ""}${words[1]?.[0] ?? ""}`;
    return [...first].slice(-2).join("");
  }
  if (/^\+?[\d\s().-]+$/.test(name.trim())) return name.replace(/\D/g, "").slice(-2) || "?";
  const spoken = words.map((word) => [...word].filter((sign) => /[\p{L}\p{N}]/u.test(sign))).filter((signs) => signs.length > 0);
  if (spoken.length <= 1) return spoken[0]?.slice(0, 2).join("") ?? "?";
  return `${spoken[0]?.[0] ?? ""}${spoken.at(-1)?.[0] ?? ""}`.toLocaleUpperCase();
}

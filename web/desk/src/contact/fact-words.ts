// How a known fact is said: by the name its rule has in the reader's language, usual keys in our words, languages by name, everything else as it was learned.
import type { Fact } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";

const USUAL = ["language", "browser_language", "name", "email", "phone", "order", "page", "vip", "department"];
const LANGUAGES = ["language", "browser_language", "locale"];

export function sayFactKey(t: TFunction, fact: Pick<Fact, "key" | "label" | "labels">, reader: string): string {
  return capital(fact.labels[reader] ?? "") || (USUAL.includes(fact.key) || toldByChannel(fact) ? t(`fact.${fact.key}`, { ns: "desk" }) : fact.label || fact.key);
}

/** A platform told it, under a key that has words of ours and that no rule of the house's own names. */
function toldByChannel({ key, label }: Pick<Fact, "key" | "label">): boolean {
  return (label === "" || label === key) && i18next.exists(`fact.${key}`, { ns: "desk" });
}

/** "order" → "Order", as it stands at the head of a line; "iCloud" stays. */
function capital(label: string): string {
  return /^\p{Ll}{2}/u.test(label) ? label.charAt(0).toLocaleUpperCase() + label.slice(1) : label;
}

export function sayFactValue(fact: Fact, reader: string): string {
  // Meta writes en_US.
  return LANGUAGES.includes(fact.key) ? sayLanguage(fact.value.replace("_", "-"), reader) : fact.value;
}

export function sayLanguage(code: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

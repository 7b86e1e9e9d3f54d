// What a customer is called on the screen. Who never said a name is a numbered visitor, in the reader's language.
import type { TFunction } from "i18next";

/** The server calls a nameless visitor by the end of their id: "#2aa05f". */
const NAMELESS = /^#([0-9a-f]{6})$/;

/** True for who never said a name. */
export function isNameless(name: string): boolean {
  return name === "" || NAMELESS.test(name);
}

/** "Mira" → "Mira", "#2aa05f" → "Visitor 3567", "" → "Visitor". The same visitor has the same number everywhere. */
export function sayName(t: TFunction, name: string | undefined): string {
  if (!name) return t("contact.visitor", { ns: "desk" });
  const code = NAMELESS.exec(name)?.[1];
  return code ? t("contact.visitorNumber", { ns: "desk", number: String(Number.parseInt(code, 16) % 10_000).padStart(4, "0") }) : name;
}

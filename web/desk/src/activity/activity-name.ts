// The activities every workspace starts with have words in each language; others keep their own name.
import type { TFunction } from "i18next";

export function sayActivity(t: TFunction, name: string): string {
  return t(`activity.known.${name.toLowerCase()}`, { ns: "desk", defaultValue: name });
}

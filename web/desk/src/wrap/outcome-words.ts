// The outcomes every workspace starts with have words in each language; others keep their own.
import type { TFunction } from "i18next";

export function sayOutcome(t: TFunction, outcome: string): string {
  return t(`outcome.${outcome}`, { ns: "desk", defaultValue: outcome });
}

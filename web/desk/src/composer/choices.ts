// Answers offered with a message: what is wrong with them, and how the customer will see them.
import type { Conversation } from "@seaway/api/types";

/** As `crates/model/src/choice.rs` judges, in characters. */
export const CHOICE = { most: 20, length: 100 } as const;

export type WrongChoice = { at: number; code: "too_long" | "twice" };

/** As they leave: without blanks, and without those nobody wrote. */
export function asChoices(typed: readonly string[] | null): string[] {
  return (typed ?? []).map((choice) => choice.trim()).filter(Boolean);
}

/** The first that cannot be offered. */
export function wrongInChoices(typed: readonly string[] | null): WrongChoice | null {
  const seen = new Set<string>();
  for (const [at, choice] of (typed ?? []).entries()) {
    const words = choice.trim();
    if (words === "") continue;
    if ([...words].length > CHOICE.length) return { at, code: "too_long" };
    if (seen.has(words.toLowerCase())) return { at, code: "twice" };
    seen.add(words.toLowerCase());
  }
  return null;
}

/** Whether the channel has buttons for them; else they leave as a numbered list. */
export function onButtons(choices: readonly string[], room: Conversation["composer"]["choices"]): boolean {
  return room !== null && choices.length <= room.most && choices.every((choice) => [...choice].length <= room.title);
}

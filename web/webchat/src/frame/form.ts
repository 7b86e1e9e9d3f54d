// The form before the first message: its fields as the server sends them, what is typed so far, and what is wrong with it at sight.
import { isRecord, type Language } from "../shared/protocol.ts";
import { parseJson } from "./outbox.ts";
import type { Shelf } from "./shelf.ts";

export type Words = Partial<Record<string, string>>;
export interface Field {
  key: string;
  type: "name" | "email" | "phone" | "text" | "choice" | "consent";
  required: boolean;
  label: Words;
  placeholder: Words;
  choices: { value: string; label: Words }[];
}
export type Answers = Record<string, string>;
/** Why a field is not taken, by its key; the words of the server. */
export type Wrong = Record<string, string>;

const TYPES: readonly Field["type"][] = ["name", "email", "phone", "text", "choice", "consent"];
/** Characters of one answer. */
export const LONGEST = 500;

export function parseFields(value: unknown): Field[] {
  return (Array.isArray(value) ? value : []).flatMap((one: unknown): Field[] => {
    if (!isRecord(one) || typeof one["key"] !== "string") return [];
    const type = TYPES.find((known) => known === one["type"]);
    if (!type) return [];
    const choices = (Array.isArray(one["choices"]) ? one["choices"] : []).flatMap((choice: unknown) => (isRecord(choice) && typeof choice["value"] === "string" ? [{ value: choice["value"].trim(), label: words(choice["label"]) }] : []));
    return [{ key: one["key"], type, required: one["required"] === true, label: words(one["label"]), placeholder: words(one["placeholder"]), choices }];
  });
}

function words(value: unknown): Words {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string")) : {};
}

/** The text in the reader's language, else in any. */
export function read(words: Words, language: Language): string {
  return words[language]?.trim() || Object.values(words).find((text) => text?.trim())?.trim() || "";
}

/** What can be seen to be wrong before the server is asked, which judges it again. */
export function look(fields: readonly Field[], answers: Answers): Wrong {
  const wrong: Wrong = {};
  for (const field of fields) {
    const text = (answers[field.key] ?? "").trim();
    if (text === "" || (field.type === "consent" && text !== "yes")) {
      if (field.required) wrong[field.key] = "missing";
    } else if (field.type === "email" && !/^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@.,;<>]+$/.test(text)) wrong[field.key] = "bad_email";
    else if (field.type === "phone" && !/^\+?[\d\s()/.-]{6,24}$/.test(text)) wrong[field.key] = "bad_phone";
    else if (text.length > LONGEST) wrong[field.key] = "too_long";
  }
  return wrong;
}

/** What the server says of the fields that it did not take. */
export function parseWrong(fields: readonly Field[], value: unknown): Wrong {
  const wrong: Wrong = {};
  for (const one of Array.isArray(value) ? (value as unknown[]) : []) {
    if (isRecord(one) && typeof one["code"] === "string" && fields.some((field) => field.key === one["field"])) wrong[String(one["field"])] = one["code"];
  }
  return wrong;
}

/** Kept at every key, so that a reload or a dead line loses nothing. */
export function loadAnswers(shelf: Shelf): Answers {
  const data = parseJson(shelf.read("form"));
  return isRecord(data) ? Object.fromEntries(Object.entries(data).filter((pair): pair is [string, string] => typeof pair[1] === "string")) : {};
}
export function saveAnswers(shelf: Shelf, answers: Answers): void {
  if (Object.values(answers).every((text) => text === "")) shelf.remove("form");
  else shelf.write("form", JSON.stringify(answers));
}

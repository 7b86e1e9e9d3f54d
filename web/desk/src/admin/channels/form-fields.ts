// The fields that a webchat asks for before the first message, as the admin makes them. Pure, so that it is tested without a browser.
import type { FormField } from "@seaway/api/types";

export type FormLanguage = "en" | "de" | "ko";
export const FORM_LANGUAGES: readonly FormLanguage[] = ["en", "de", "ko"];
export const FIELD_TYPES: readonly FormField["type"][] = ["name", "email", "phone", "text", "choice", "consent"];
export const MOST_FIELDS = 12;

/** What customers read in a new field until somebody writes something better. */
const LABELS: Record<FormField["type"], Record<FormLanguage, string>> = {
  name: { en: "Your name", de: "Ihr Name", ko: "이름" },
  email: { en: "Email address", de: "E-Mail-Adresse", ko: "이메일 주소" },
  phone: { en: "Phone number", de: "Telefonnummer", ko: "전화번호" },
  text: { en: "Order number", de: "Bestellnummer", ko: "주문 번호" },
  choice: { en: "What is it about?", de: "Worum geht es?", ko: "무엇에 대한 문의인가요?" },
  consent: { en: "I agree that my answers are stored", de: "Ich bin einverstanden, dass meine Angaben gespeichert werden", ko: "입력한 내용이 저장되는 데 동의합니다" },
};
const KEYS: Record<FormField["type"], string> = { name: "name", email: "email", phone: "phone", text: "order_number", choice: "topic", consent: "privacy" };

/** Whether the key of a field is given by what it asks for. */
export function hasFixedKey(type: FormField["type"]): boolean {
  return type === "name" || type === "email" || type === "phone";
}

/** Name, email and phone are asked for once at most. */
export function mayAdd(fields: readonly FormField[], type: FormField["type"]): boolean {
  return fields.length < MOST_FIELDS && !(hasFixedKey(type) && fields.some((field) => field.type === type));
}

export function add(fields: readonly FormField[], type: FormField["type"]): FormField[] {
  let key = KEYS[type];
  for (let no = 2; fields.some((field) => field.key === key); no++) key = `${KEYS[type]}_${no}`;
  return [...fields, { key, type, required: type === "name" || type === "email" || type === "consent", label: { ...LABELS[type] }, placeholder: {}, choices: [] }];
}

/** Moves a field by one place; at an end it stays. */
export function move(fields: readonly FormField[], at: number, by: -1 | 1): FormField[] {
  const to = at + by;
  if (!fields[at] || !fields[to]) return [...fields];
  return fields.map((field, place) => (place === at ? fields[to]! : place === to ? fields[at]! : field));
}

/** The answers offered, one a line, in a language. */
export function choiceLines(field: FormField, language: FormLanguage): string {
  return field.choices.map((choice) => choice.label[language] ?? "").join("\n").trimEnd();
}

/** Takes the lines of one language; line n of each language is the same answer. Its value follows its first words. */
export function putChoices(field: FormField, language: FormLanguage, text: string): FormField {
  const lines = text.split("\n").map((line) => line.trim());
  const count = Math.max(lines.length, field.choices.length);
  const made: FormField["choices"] = [];
  for (let at = 0; at < count; at++) {
    const label = { ...field.choices[at]?.label, [language]: lines[at] ?? "" };
    const words = FORM_LANGUAGES.map((one) => label[one]).find(Boolean);
    if (!words) continue;
    const value = valueOf(words);
    made.push({ value: made.some((choice) => choice.value === value) ? `${value}_${at + 1}` : value, label });
  }
  return { ...field, choices: made };
}

function valueOf(words: string): string {
  return words.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "").slice(0, 60) || "other";
}

/** What keeps a field from working, as a word for translation. */
export function fieldTrouble(fields: readonly FormField[], field: FormField): "label" | "key" | "twice" | "choices" | null {
  if (!Object.values(field.label).some((text) => text.trim())) return "label";
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(field.key) || (!hasFixedKey(field.type) && /^(language|browser_language|page|vip|name|email|phone)$/.test(field.key))) return "key";
  if (fields.filter((one) => one.key === field.key).length > 1) return "twice";
  return field.type === "choice" && field.choices.length === 0 ? "choices" : null;
}

/** Fields out of a stored setting. */
export function asFields(value: unknown): FormField[] {
  return Array.isArray(value) ? (value as FormField[]).filter((one) => typeof one === "object" && one !== null).map((one) => ({ ...one, placeholder: one.placeholder ?? {}, choices: one.choices ?? [] })) : [];
}

// How a custom field and its value are said in the reader's language.
import type { CustomField } from "@seaway/api/types";
import type { TFunction } from "i18next";

export function sayField(field: Pick<CustomField, "key" | "labels">, reader: string): string {
  return field.labels[reader] ?? field.labels["en"] ?? Object.values(field.labels)[0] ?? field.key;
}

export function sayFieldValue(t: TFunction, field: CustomField, value: string, reader: string): string {
  if (field.kind === "yes_no") return value === "yes" ? t("field.yes", { ns: "desk" }) : value === "no" ? t("field.no", { ns: "desk" }) : value;
  if (field.kind === "date") return sayDay(value, reader);
  if (field.kind === "choice") {
    const choice = field.choices.find((one) => one.value === value);
    return choice ? sayField({ key: choice.value, labels: choice.labels }, reader) : value;
  }
  return value;
}

/** Whether the value is of the field's kind, as the server judges what is written. */
export function fits(field: CustomField, value: string): boolean {
  switch (field.kind) {
    case "text": return true;
    case "number": return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) && value.replace(/\D/g, "").length <= 15;
    case "date": return isDay(value);
    case "choice": return field.choices.some((choice) => choice.value === value);
    case "yes_no": return value === "yes" || value === "no";
    case "link": return /^https?:\/\/[^\s/]\S*$/.test(value);
  }
}

function isDay(value: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : null;
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

/** A day without a time zone; what is none stays as it is. */
function sayDay(value: string, reader: string): string {
  return isDay(value) ? new Date(`${value}T00:00:00Z`).toLocaleDateString(reader === "en" ? "en-GB" : reader, { dateStyle: "medium", timeZone: "UTC" }) : value;
}

/** The value of a task's attribute as its field writes it; undefined where there is none. */
export function attributeOf(attributes: string, key: string): string | undefined {
  let held: unknown;
  try {
    held = JSON.parse(attributes);
  } catch {
    return undefined;
  }
  if (typeof held !== "object" || held === null || !Object.hasOwn(held, key)) return undefined;
  const value = (held as Record<string, unknown>)[key];
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** What may be followed: a value from elsewhere is no reason to run a script. */
export function linkOf(field: CustomField, value: string): string | null {
  return field.kind === "link" && /^https?:\/\/\S+$/.test(value) ? value : null;
}

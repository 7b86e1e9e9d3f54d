import type { CustomField } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { attributeOf, fits, linkOf, sayField, sayFieldValue } from "./field-words.ts";

const t = ((key: string) => key) as unknown as TFunction;
const field = (more: Partial<CustomField>): CustomField => ({ id: "KX1", subject: "contact", key: "tier", kind: "text", labels: { de: "Stufe" }, choices: [], required: false, shown: true, place: 0, version: 1, ...more });

test("a field is called in the reader's language, else in one it has, else by its key", () => {
  expect(sayField(field({ labels: { en: "Tier", de: "Stufe" } }), "ko")).toBe("Tier");
  expect(sayField(field({}), "ko")).toBe("Stufe");
  expect(sayField(field({ labels: {} }), "en")).toBe("tier");
});

test("values are said by their kind, and what does not fit stays as it is", () => {
  expect(sayFieldValue(t, field({ kind: "yes_no" }), "no", "en")).toBe("field.no");
  expect(sayFieldValue(t, field({ kind: "yes_no" }), "maybe", "en")).toBe("maybe");
  expect(sayFieldValue(t, field({ kind: "date" }), "2026-11-21", "en")).toBe("21 Nov 2026");
  expect(sayFieldValue(t, field({ kind: "date" }), "soon", "en")).toBe("soon");
  expect(sayFieldValue(t, field({ kind: "choice", choices: [{ value: "g", labels: { en: "Gold" } }] }), "g", "en")).toBe("Gold");
  expect(sayFieldValue(t, field({ kind: "choice" }), "g", "en")).toBe("g");
});

test("attributes are read as their field writes them", () => {
  const text = '{"a":true,"b":12.5,"c":"x","d":[1]}';
  expect(["a", "b", "c", "d", "e", "toString"].map((key) => attributeOf(text, key))).toEqual(["yes", "12.5", "x", undefined, undefined, undefined]);
  expect(attributeOf("[", "a")).toBeUndefined();
});

test("only addresses of the web are followed", () => {
  expect(linkOf(field({ kind: "link" }), "https://a.example/x")).toBe("https://a.example/x");
  expect(linkOf(field({ kind: "link" }), "javascript:alert(1)")).toBeNull();
  expect(linkOf(field({}), "https://a.example")).toBeNull();
});

test("what was written while the field was another does not fit", () => {
  const choices = [{ value: "g", labels: { en: "Gold" } }];
  const good: [CustomField["kind"], string][] = [["text", "x"], ["number", "-12.5"], ["number", "0"], ["date", "2028-02-29"], ["choice", "g"], ["yes_no", "no"], ["link", "https://a.example/x"]];
  const bad: [CustomField["kind"], string][] = [["number", "007"], ["number", "1,5"], ["number", "1234567890123456"], ["date", "2027-02-29"], ["date", "21.11.2026"], ["choice", "Gold"], ["yes_no", "true"], ["link", "javascript:alert(1)"], ["link", "https:///x"]];
  for (const [kind, value] of good) expect([value, fits(field({ kind, choices }), value)]).toEqual([value, true]);
  for (const [kind, value] of bad) expect([value, fits(field({ kind, choices }), value)]).toEqual([value, false]);
});

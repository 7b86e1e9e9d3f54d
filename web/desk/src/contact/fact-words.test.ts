import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { sayFactKey, sayFactValue } from "./fact-words.ts";

const t = ((key: string) => key) as unknown as TFunction;
const fact = { key: "customer_no", label: "Kundennummer", labels: { de: "Kundennummer", ko: "고객 번호" } };

test("a fact is called as the admin named it, in the reader's language", () => {
  expect(sayFactKey(t, fact, "ko")).toBe("고객 번호");
  expect(sayFactKey(t, fact, "en")).toBe("Kundennummer");
  expect(sayFactKey(t, { ...fact, key: "order" }, "de")).toBe("Kundennummer");
});

test("a name stands at the head of a line with a capital", () => {
  const say = (en: string) => sayFactKey(t, { key: "x", label: en, labels: { en } }, "en");
  expect([say("order"), say("iCloud name"), say("Größe"), say("größe"), say("고객")]).toEqual(["Order", "iCloud name", "Größe", "Größe", "고객"]);
});

test("usual facts have our words, others their key", () => {
  expect(sayFactKey(t, { key: "page", label: "page", labels: {} }, "de")).toBe("fact.page");
  expect(sayFactKey(t, { key: "size", label: "size", labels: {} }, "de")).toBe("size");
});

test("languages are said by name", () => {
  const value = { key: "browser_language", label: "", labels: {}, value: "ko", source: "channel", verified: false, at: "", contact_id: "" } as const;
  expect(sayFactValue(value, "de")).toBe("Koreanisch");
  expect(sayFactValue({ ...value, key: "locale", value: "ko_KR" }, "de")).toBe("Koreanisch (Südkorea)");
});

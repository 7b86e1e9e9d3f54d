import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { sayName } from "./name.ts";

const t = ((key: string, { number = "" }: { number?: string } = {}) => `${key} ${number}`.trim()) as unknown as TFunction;

test("names stay as they are, and who has none is a visitor with a number", () => {
  expect(sayName(t, "Mira")).toBe("Mira");
  expect(sayName(t, "#1 fan")).toBe("#1 fan");
  expect(sayName(t, "#2aa05f")).toBe("contact.visitorNumber 3567");
  expect(sayName(t, "#000007")).toBe("contact.visitorNumber 0007");
  expect(sayName(t, "")).toBe("contact.visitor");
});

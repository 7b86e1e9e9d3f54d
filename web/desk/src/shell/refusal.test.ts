import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { sayUndelivered } from "./refusal.ts";

const t = ((key: string) => key) as unknown as TFunction;

test("a platform of one's own is quoted", () => {
  expect(sayUndelivered(t, { code: "platform_refused", detail: "The platform says: the room is full, E42" })).toBe("undelivered.platform_refused: \u2068the room is full, E42\u2069");
  // A try of the list has a code alone, and that is nobody's words.
  expect(sayUndelivered(t, { code: "platform_refused", detail: "platform_refused" })).not.toContain("\u2068");
});

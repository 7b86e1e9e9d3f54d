import { expect, test } from "vitest";
import { asChoices, onButtons, wrongInChoices } from "./choices.ts";

test("what nobody wrote is not offered", () => {
  expect(asChoices([" Ja ", "", "나중에 ☕", "  "])).toEqual(["Ja", "나중에 ☕"]);
  expect(asChoices(null)).toEqual([]);
});

test("answers differ, whichever letters are large, and are short", () => {
  expect(wrongInChoices(["Ja", "", "Nein"])).toBeNull();
  expect(wrongInChoices(["Ja", "Nein", "JA "])).toEqual({ at: 2, code: "twice" });
  expect(wrongInChoices(["☕".repeat(100)])).toBeNull();
  expect(wrongInChoices(["Nein", "☕".repeat(101)])).toEqual({ at: 1, code: "too_long" });
});

test("too many or too long for the channel's buttons is a numbered list", () => {
  const room = { most: 2, title: 5 };
  expect(onButtons(["Ja", "Nein"], room)).toBe(true);
  expect(onButtons(["Ja", "Nein", "Spät"], room)).toBe(false);
  expect(onButtons(["Vielleicht"], room)).toBe(false);
  expect(onButtons(["Ja"], null)).toBe(false);
});

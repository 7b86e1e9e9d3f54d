import { expect, test } from "vitest";
import { highlight, scoreOf } from "./match.ts";

test("a start counts more than a word's start, that more than its middle", () => {
  expect([scoreOf("Transfer", "tr"), scoreOf("Quick reply: Tracking", "tr"), scoreOf("Extra", "tr"), scoreOf("Board", "tr")]).toEqual([4, 3, 2, 0]);
});

test("accents and case do not matter; Hangul fits whole", () => {
  expect(scoreOf("Jürgen Brandt", "jurgen")).toBe(4);
  expect(scoreOf("박지우", "박지")).toBe(4);
  expect(scoreOf("a.b", "(")).toBe(0);
});

test("the letters that fit are marked", () => {
  expect(highlight("Quick reply: Tracking", "tr").filter((part) => part.hit).map((part) => part.text)).toEqual(["Tr"]);
});

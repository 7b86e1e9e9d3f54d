import { expect, test } from "vitest";
import { gathered } from "../conversation/Reactions.tsx";
import { filledIn } from "./template.ts";

test("gaps are filled once, and what has no value stays a gap", () => {
  const template = { text: "Hello {{1}}, {{ 2 }} is on its way. {{3}}", gaps: ["1", "2"] };
  expect(filledIn(template, ["{{2}}", "your mug"])).toBe("Hello {{2}}, your mug is on its way. {{3}}");
  expect(filledIn(template, ["Mia", " "])).toBe("Hello Mia, {{ 2 }} is on its way. {{3}}");
});

test("equal reactions stand together", () => {
  const by = (name: string, emoji: string, ours = false) => ({ name, emoji, ours, worker_id: ours ? "WK1" : null });
  expect(gathered([by("Mia", "👍"), by("Ana", "❤️", true), by("Tom", "👍")])).toEqual([
    { emoji: "👍", names: ["Mia", "Tom"], mine: false, count: 2 },
    { emoji: "❤️", names: ["Ana"], mine: true, count: 1 },
  ]);
});

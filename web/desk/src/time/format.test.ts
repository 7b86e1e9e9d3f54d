import { expect, test } from "vitest";
import { sayBytes, saySpan, sayWait, type TimeWords } from "./format.ts";

const words: TimeWords = { now: "now", minutes: (n) => `${n} min`, hours: (h, m) => `${h} h ${m}`, days: (n) => `${n} days`, seconds: (n) => `${n} s` };

test("a span is said in seconds only below a minute", () => {
  expect([12, 59.9, 60, 1_576, 3_600, 8_040, 180_000].map((s) => saySpan(s * 1000, words))).toEqual(["12 s", "59 s", "1 min", "26 min", "1 h 0", "2 h 14", "2 days"]);
});

test("a wait below a minute is now", () => {
  expect([sayWait(12_000, words), sayWait(90_000, words)]).toEqual(["now", "1 min"]);
});

test("says a size in the reader's language", () => {
  expect([sayBytes(3, "en"), sayBytes(1_412, "en"), sayBytes(2_090_000, "en")]).toEqual(["0.1 kB", "1.4 kB", "2 MB"]);
  expect(sayBytes(1_412, "de")).toBe("1,4 kB");
});

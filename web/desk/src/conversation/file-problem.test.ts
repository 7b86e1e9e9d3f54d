// @vitest-environment node
import type { FileProblem } from "@seaway/api/types";
import i18next from "i18next";
import { describe, expect, it } from "vitest";
import de from "../i18n/de.json" with { type: "json" };
import en from "../i18n/en.json" with { type: "json" };
import ko from "../i18n/ko.json" with { type: "json" };
import { sayFileProblem } from "./file-problem.ts";

const CODES: FileProblem["code"][] = ["too_big", "too_many_pixels", "gone", "unreadable", "refused_address", "no_answer"];

async function said(problem: FileProblem | null, lng = "en"): Promise<string> {
  const words = i18next.createInstance();
  await words.init({ lng, resources: { en: { translation: en }, de: { translation: de }, ko: { translation: ko } }, interpolation: { escapeValue: false } });
  return sayFileProblem(problem, words.t, lng);
}

describe("a file that is not there", () => {
  it("is said to be too large, with its size where that is known, and the limit", async () => {
    const limit = 10 * 1024 * 1024;
    expect(await said({ code: "too_big", bytes: 12 * 1024 * 1024, limit })).toMatch(/^12.* is too large: a file may have 10/);
    expect(await said({ code: "too_big", bytes: null, limit })).toMatch(/^too large: a file may have 10/);
    expect(await said({ code: "too_many_pixels", bytes: null, limit: 50_000_000 })).toContain("50 million");
  });
  it("has words for each reason in each language, without gaps", async () => {
    for (const lng of ["en", "de", "ko"]) {
      for (const code of CODES) {
        const words = await said({ code, bytes: null, limit: 1 }, lng);
        expect(words).not.toContain("log.");
        expect(words).not.toContain("{{");
      }
    }
  });
  it("is only said to be missing where an older server kept no reason", async () => {
    expect(await said(null)).toBe("could not be fetched");
  });
});

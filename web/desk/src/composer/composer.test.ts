import type { CannedReply } from "@seaway/api/types";
import { describe, expect, test } from "vitest";
import { aConversation } from "../state/fixtures.ts";
import { fitting, slashWord, wordsOf } from "./canned.ts";
import { roomOf, segmentsOf } from "./limit.ts";
import { checkFile } from "./upload.ts";

describe("room", () => {
  test("SMS segments: 160 plain, 153 when joined, 70 and 67 with other scripts", () => {
    expect(segmentsOf("a".repeat(160)).segments).toBe(1);
    expect(segmentsOf("a".repeat(161)).segments).toBe(2);
    expect(segmentsOf("a".repeat(307)).segments).toBe(3);
    expect(segmentsOf("가".repeat(70)).segments).toBe(1);
    expect(segmentsOf("가".repeat(71)).segments).toBe(2);
    expect(segmentsOf("€".repeat(80)).segments).toBe(1);
    expect(segmentsOf("€".repeat(81)).segments).toBe(2);
    expect(segmentsOf("ü ß Ä").segments).toBe(1);
  });

  test("units", () => {
    expect(roomOf("👍👍", { text_limit: 2, text_unit: "chars", splits: false })).toMatchObject({ used: 2, over: false });
    expect(roomOf("👍👍", { text_limit: 3, text_unit: "utf16", splits: false })).toMatchObject({ used: 4, over: true });
    expect(roomOf("ü", { text_limit: 10, text_unit: "bytes", splits: false })).toMatchObject({ used: 2, near: false });
    expect(roomOf("a".repeat(25), { text_limit: 10, text_unit: "bytes", splits: true })).toMatchObject({ over: false, messages: 3 });
    expect(roomOf("a".repeat(101), { text_limit: 10, text_unit: "chars", splits: true })).toMatchObject({ over: true });
    expect(roomOf("a".repeat(145), { text_limit: 1600, text_unit: "gsm_segments", splits: false })).toMatchObject({ near: true, over: false, segments: 1 });
  });
});

describe("quick replies", () => {
  const replies: CannedReply[] = [{ id: "1", shortcut: "t", title: "Tracking link", texts: { en: "Link", de: "Sendungslink" }, version: 1 }, { id: "2", shortcut: "s", title: "Sorry", texts: { en: "Sorry, {{name}}" }, version: 1 }];

  test("open at the start of a word, not inside an address", () => {
    expect(slashWord("/tr", 3)).toEqual({ from: 0, word: "tr" });
    expect(slashWord("see /s later", 6)).toEqual({ from: 4, word: "s" });
    expect(slashWord("https://x", 9)).toBeNull();
    expect(slashWord("no", 2)).toBeNull();
  });

  test("fit by shortcut first, then by title", () => {
    expect(fitting(replies, "s").map((r) => r.id)).toEqual(["2"]);
    expect(fitting(replies, "link").map((r) => r.id)).toEqual(["1"]);
    expect(fitting(replies, "zzz")).toEqual([]);
  });

  test("speak the customer's language, else the agent's", () => {
    const german = aConversation({ contact: { ...aConversation().contact, language: "de" } });
    expect(wordsOf(replies[0]!, german, "en", "Ana")).toBe("Sendungslink");
    expect(wordsOf(replies[1]!, german, "en", "Ana")).toBe("Sorry, Mira");
    const nameless = { ...german, contact: { ...german.contact, name: "#2aa05f" } };
    expect(wordsOf(replies[1]!, nameless, "en", "Ana")).toBe("Sorry");
  });
});

test("a file too big, of a wrong kind or one too many is refused before it is sent", () => {
  const { composer } = aConversation();
  expect(checkFile({ name: "a.png", type: "image/png", size: 10 }, 0, composer)).toBeNull();
  expect(checkFile({ name: "a.png", type: "image/png", size: 10 }, 0, { ...composer, attachment_types: ["image/"] })).toBeNull();
  expect(checkFile({ name: "a.png", type: "image/png", size: 2000 }, 0, composer)).toEqual({ code: "file_too_big", limit: 1024 });
  expect(checkFile({ name: "a.exe", type: "application/x-msdownload", size: 10 }, 0, composer)).toEqual({ code: "file_type" });
  expect(checkFile({ name: "a.png", type: "image/png", size: 10 }, 10, composer)).toEqual({ code: "too_many_files", limit: 10 });
});

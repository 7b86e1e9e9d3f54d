import { expect, test } from "vitest";
import de from "./languages/de.ts";
import en from "./languages/en.ts";
import ko from "./languages/ko.ts";
import { linkify } from "./linkify.ts";
import { readLook } from "./page.ts";
import { parseProblem, passing } from "./problem.ts";
import { loadLanguage } from "./texts.ts";
import { DEFAULT_LIMITS, parseVisitorMessage } from "./types.ts";
import { FILE_TEXTS } from "./view/file-texts.ts";
import { FORM_TEXTS } from "./view/form-texts.ts";
import { PROOF_TEXTS } from "./view/proof-texts.ts";
import { characters, clock, day, initials, problemWords, size } from "./words.ts";

const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();

test.each([["de", de], ["ko", ko]] as const)("%s has every text of English with the same placeholders, and none empty", (name, texts) => {
  for (const [given, english] of [[texts, en], ...[PROOF_TEXTS, FORM_TEXTS, FILE_TEXTS].map((all) => [all[name], all.en])] as [Record<string, string>, Record<string, string>][]) {
    expect(Object.keys(given).toSorted()).toEqual(Object.keys(english).toSorted());
    for (const [key, text] of Object.entries(given)) {
      expect(text, key).not.toBe("");
      expect(holes(text), key).toEqual(holes(english[key]!));
    }
  }
});

test("only https becomes a link, without the sentence's own marks", () => {
  const links = (text: string): string[] => linkify(text).flatMap((piece) => (piece.href === undefined ? [] : piece.text));
  expect(links("see https://a.example/x_(y), or (https://b.example). 좋아요 https://c.example/ä。")).toEqual(["https://a.example/x_(y)", "https://b.example", "https://c.example/ä"]);
  expect(links("http://a.example javascript:alert(1) data:text/html,x https://good.example@evil.example https://x")).toEqual([]);
  const text = 'a <b>"https://a.example"</b> c';
  expect(linkify(text).map((piece) => piece.text).join("")).toBe(text);
});

test("refusals are told in words that fit what was tried", async () => {
  await loadLanguage("en");
  const say = (status: number, code: string, retry: string | null = null): string => problemWords("en", parseProblem(status, { code, detail: "Detail", params: { limit: 10000 } }, retry), DEFAULT_LIMITS);
  expect(say(413, "text_too_long")).toContain("10000 characters");
  expect(say(429, "too_many_messages", "8")).toContain("8 s");
  expect(say(403, "visitor_blocked")).toContain("cannot write");
  expect(say(0, "network")).toContain("No connection");
  expect(say(409, "odd")).toContain("Detail");
});
test("what may pass is tried again, what cannot is not", () => {
  const at = (status: number): boolean => passing(parseProblem(status, null, null));
  expect([0, 408, 429, 500, 503].every(at)).toBe(true);
  expect([400, 401, 403, 413, 422].some(at)).toBe(false);
});

test("characters are counted as people see them, not as machines keep them", () => {
  expect(characters("a한🎁")).toBe(3);
});

test("times, days, sizes and initials", async () => {
  await Promise.all((["en", "de", "ko"] as const).map(loadLanguage));
  const now = new Date(2026, 9, 2, 14, 22).getTime();
  expect(clock("ko", now)).toBe("14:22");
  expect([day("de", new Date(2026, 9, 2).toISOString(), now), day("en", new Date(2026, 9, 1, 23).toISOString(), now), day("en", new Date(2026, 8, 3).toISOString(), now)]).toEqual(["Heute", "Yesterday", "3 Sept"]);
  expect([size("de", 1_468_006), size("en", 2048), size("en", 12)]).toEqual(["1,4 MB", "2 KB", "12 B"]);
  expect([initials("Ana Diaz"), initials("김서연"), initials("Tidewater"), initials("")]).toEqual(["AD", "서연", "T", ""]);
});

test("a message with odd fields is mended or left out, never passed on", () => {
  expect(parseVisitorMessage({ id: "IM1" })).toBeUndefined();
  const message = parseVisitorMessage({ id: "IM1", pos: 1, from: "admin", text: 5, attachments: [{ id: "a", url: "javascript:alert(1)", thumbnail_url: "data:x" }, 7], state: "flown", choices: ["A", 4] });
  expect(message).toMatchObject({ from: "system", text: "", state: "sent", choices: ["A"], attachments: [{ url: null, thumbnailUrl: null }] });
});

test("a look whose page contradicts the browser's own word speaks to nobody", () => {
  const fragment = `#${encodeURIComponent(JSON.stringify({ page: "https://shop.example", theme: "dark", language: "ko", appearance: { name: "T", color: "red" } }))}`;
  expect(readLook(fragment, "https://shop.example")).toMatchObject({ page: "https://shop.example", theme: "dark", language: "ko", appearance: { name: "T", color: "#076c92" } });
  expect(readLook(fragment, "https://evil.example").page).toBe("");
  expect(readLook("#%E0%A4%A", undefined)).toMatchObject({ page: "", theme: "light" });
});

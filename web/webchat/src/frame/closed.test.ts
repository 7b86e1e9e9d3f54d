import { expect, test } from "vitest";
import { closedWords, opening } from "./closed.ts";
import { after } from "./sample.ts";
import { DEFAULT_LIMITS, parseSession } from "./types.ts";
import { CLOSED_TEXTS } from "./view/closed-texts.ts";

const at = Date.parse;
/** Monday, 9 in the morning in Berlin. */
const MONDAY = at("2026-11-30T08:00:00Z");

test("the same opening is said by each reader's own clock", () => {
  const now = at("2026-11-27T19:30:00Z");
  const say = (zone: string): string | null => closedWords("en", MONDAY, now, zone);
  expect(say("Europe/Berlin")).toBe("We are closed right now. We are back on Monday at 09:00 – leave us a message.");
  expect(say("Asia/Seoul")).toContain("on Monday at 17:00");
  expect(say("America/Los_Angeles")).toContain("on Monday at 00:00");
  expect(say("Pacific/Honolulu")).toContain("on Sunday at 22:00");
});

test("today and tomorrow are the reader's days, not the shop's", () => {
  const now = at("2026-11-29T16:00:00Z");
  const said = (zone: string): string | undefined => /(today|tomorrow|on \w+) at [\d:]+/.exec(closedWords("en", MONDAY, now, zone) ?? "")?.[0];
  expect(["Europe/Berlin", "Asia/Seoul", "Pacific/Honolulu", "Pacific/Kiritimati"].map(said)).toEqual(["tomorrow at 09:00", "today at 17:00", "today at 22:00", "today at 22:00"]);
});

test("far off it is a date, with the year where it is another", () => {
  const said = (now: string): string => closedWords("en", MONDAY, at(now), "Europe/Berlin") ?? "";
  expect(said("2026-11-24T08:00:00Z")).toContain("on Monday at 09:00");
  expect(said("2026-11-23T08:00:00Z")).toContain("on 30\u00A0November at 09:00");
  expect(closedWords("en", at("2027-01-07T08:00:00Z"), MONDAY, "Europe/Berlin")).toContain("on 7\u00A0January 2027 at 09:00");
});

test("days are counted across a change of the clocks", () => {
  expect(closedWords("en", at("2026-10-26T08:00:00Z"), at("2026-10-24T21:59:00Z"), "Europe/Berlin")).toContain("on Monday at 09:00");
  expect(closedWords("en", at("2026-10-26T08:00:00Z"), at("2026-10-24T22:00:00Z"), "Europe/Berlin")).toContain("tomorrow at 09:00");
});

test("in every language, with nothing left to fill", () => {
  const now = at("2026-11-27T19:30:00Z");
  expect(closedWords("de", MONDAY, now, "Europe/Berlin")).toContain("Am Montag um 09:00 Uhr sind wir wieder da");
  expect(closedWords("ko", MONDAY, now, "Asia/Seoul")).toContain("월요일 17:00에 다시 시작해요");
  expect(closedWords("ko", at("2026-12-24T00:00:00Z"), now, "Asia/Seoul")).toContain("12월\u00A024일 09:00에");
  expect(closedWords("de", at("2026-12-24T08:00:00Z"), now, "Europe/Berlin")).toContain("Am 24.\u00A0Dezember um 09:00 Uhr");
  const holes = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();
  for (const texts of Object.values(CLOSED_TEXTS)) for (const [key, text] of Object.entries(texts)) expect([key, holes(text)]).toEqual([key, holes(CLOSED_TEXTS.en[key as keyof typeof texts])]);
});

test("it is gone when the time has come, and stays without a time", () => {
  expect(closedWords("en", MONDAY, MONDAY - 1, "UTC")).toContain("today at 08:00");
  expect(closedWords("en", MONDAY, MONDAY, "UTC")).toBeNull();
  expect(closedWords("en", null, MONDAY, "UTC")).toBe("We are closed right now. Leave us a message.");
});

test("the session's answer decides, and an odd one names no time", () => {
  const session = (closed: unknown): unknown => parseSession({ token: "k", closed })?.closed;
  expect(opening(session({ opens_at: "2026-11-30T08:00:00Z" }))).toBe(MONDAY);
  expect([opening(session({ opens_at: null })), opening(session({ opens_at: "soon" })), opening(session({}))]).toEqual([null, null, null]);
  const told = (closed: unknown) => ({ type: "session" as const, visitor: { id: "V", name: null, verified: false }, limits: DEFAULT_LIMITS, form: [], closed, expired: false });
  expect(after([told({ opens_at: null })]).closed).toEqual({ opens_at: null });
  // A new session while it is open takes the notice away.
  expect(after([told({ opens_at: null }), told(null)]).closed).toBeNull();
});

import { expect, it } from "vitest";
import { sayAgo, sayDate, sayLeft } from "./ends.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

it("says a day without a time as that day, wherever one is", () => {
  expect(sayDate("2024-07-31", "en")).toBe("31 July 2024");
  expect(sayDate("2024-07-31", "de")).toBe("31. Juli 2024");
  expect(sayDate("2024-07-31", "ko")).toBe("2024년 7월 31일");
});

it("counts down in days, then hours, and warns in time", () => {
  expect(sayLeft("2027-01-18T13:00:00Z", now, "en")).toEqual({ words: "in 58 days", tone: "" });
  expect(sayLeft("2026-11-25T13:00:00Z", now, "de")).toEqual({ words: "in 4 Tagen", tone: "warn" });
  expect(sayLeft("2026-11-21T17:30:00Z", now, "ko")).toEqual({ words: "5시간 후", tone: "warn" });
  expect(sayLeft("2026-11-19T11:00:00Z", now, "en")).toEqual({ words: "2 days ago", tone: "bad" });
});

it("says how long ago something came in", () => {
  expect(sayAgo("2026-11-21T11:56:10Z", now, "en")).toBe("3 minutes ago");
  expect(sayAgo("2026-11-21T12:00:10Z", now, "de")).toBe("vor 0 Minuten");
  expect(sayAgo("2026-11-20T11:00:00Z", now, "de")).toBe("vor 25 Stunden");
  expect(sayAgo("2026-11-19T11:00:00Z", now, "ko")).toBe("2일 전");
});

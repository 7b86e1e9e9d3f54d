import type { BusinessHours } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { comingDays } from "./coming.ts";
import { closureEnd, holdsNow, isPlanned, reopened, sayMoment, sayState, stillDue } from "./hours-words.ts";
import { oneMore, readTime, spanFaults, tidySpans } from "./spans.ts";
import { rowsOf, USUAL_WEEK, weekIsRight, withSpans, WORKDAYS } from "./week.ts";
import { dayAfter, instantOf, isDate, localOf } from "./zoned.ts";

const at = Date.parse;
const iso = (ms: number | null | undefined) => (typeof ms === "number" ? new Date(ms).toISOString() : ms);

test("times are read as people type them", () => {
  expect(["9", "09:00", "930", "1730", "17.30", "9h30", " 9:05 ", "24", "24:00", "0", "9 Uhr"].map(readTime)).toEqual(["09:00", "09:00", "09:30", "17:30", "17:30", "09:30", "09:05", "24:00", "24:00", "00:00", "09:00"]);
  expect(["", "25", "24:01", "9:60", "960", "nine", "9:5", "-9", "9:00-12:00"].map(readTime)).toEqual(Array(9).fill(null));
  expect(tidySpans([{ day: "monday", from: "9", to: "noon" }])).toEqual([{ day: "monday", from: "09:00", to: "noon" }]);
});

test("each span of a day is judged, and spans may touch", () => {
  expect(spanFaults([{ from: "9", to: "12:30" }, { from: "12:30", to: "24" }])).toEqual([null, null]);
  expect(spanFaults([{ from: "9", to: "9" }, { from: "x", to: "12" }, { from: "24:00", to: "24:00" }, { from: "8", to: "y" }])).toEqual([
    { part: "to", code: "endsBefore" }, { part: "from", code: "badTime" }, { part: "from", code: "badTime" }, { part: "to", code: "badTime" },
  ]);
  expect(spanFaults([{ from: "13", to: "17" }, { from: "9", to: "13:01" }])).toEqual([null, { part: "from", code: "overlaps" }]);
});

test("one more span begins after the last, while the day has room", () => {
  expect(oneMore([])).toEqual([{ from: "09:00", to: "17:00" }]);
  expect(oneMore([{ from: "9", to: "12" }])?.[1]).toEqual({ from: "13:00", to: "17:00" });
  expect(oneMore([{ from: "9", to: "22:30" }])?.[1]).toEqual({ from: "23:30", to: "24:00" });
  expect(oneMore([{ from: "9", to: "23:30" }])?.[1]).toEqual({ from: "23:30", to: "24:00" });
  expect(oneMore([{ from: "0", to: "24" }])).toBeNull();
});

test("the list and its seven rows are the same, and rows know their places", () => {
  const rows = rowsOf([{ day: "sunday", from: "10:00", to: "12:00" }, { day: "monday", from: "09:00", to: "12:00" }, { day: "monday", from: "13:00", to: "17:00" }]);
  expect(rows.map(({ day, places }) => `${day} ${places.join(",")}`).filter((row) => !row.endsWith(" "))).toEqual(["monday 1,2", "sunday 0"]);
  expect(withSpans(rows.flatMap(({ day, spans }) => spans.map((span) => ({ day, ...span }))), [], []).map(({ day, from }) => `${day} ${from}`)).toEqual(["monday 09:00", "monday 13:00", "sunday 10:00"]);
});

test("a day is copied to the workdays and leaves the weekend alone", () => {
  const spans = [{ from: "08:00", to: "12:00" }, { from: "14:00", to: "18:00" }];
  const copied = withSpans([{ day: "tuesday", from: "07:00", to: "09:00" }, { day: "saturday", from: "10:00", to: "14:00" }], WORKDAYS, spans);
  expect(copied).toHaveLength(11);
  expect(copied.at(-1)).toEqual({ day: "saturday", from: "10:00", to: "14:00" });
  expect(copied.filter(({ day }) => day === "tuesday")).toEqual(spans.map((span) => ({ day: "tuesday", ...span })));
  // Copying a closed day closes.
  expect(withSpans(USUAL_WEEK, WORKDAYS, [])).toEqual([]);
  expect([weekIsRight(USUAL_WEEK), weekIsRight([{ day: "friday", from: "9", to: "8" }])]).toEqual([true, false]);
});

test("clocks of other zones are read and set, also where they are changed", () => {
  expect(localOf(at("2026-11-23T13:05:00Z"), "Asia/Seoul")).toBe("2026-11-23T22:05");
  expect(iso(instantOf("2026-11-23", "24:00", "Europe/Berlin"))).toBe("2026-11-23T23:00:00.000Z");
  expect(iso(instantOf("2026-10-25", "24:00", "Europe/Berlin"))).toBe("2026-10-25T23:00:00.000Z");
  expect(iso(instantOf("2026-10-24", "24:00", "Europe/Berlin"))).toBe("2026-10-24T22:00:00.000Z");
  expect(iso(instantOf("2026-03-29", "09:00", "Europe/Berlin"))).toBe("2026-03-29T07:00:00.000Z");
  expect(iso(instantOf("2026-07-01", "00:30", "Asia/Kolkata"))).toBe("2026-06-30T19:00:00.000Z");
  expect([dayAfter("2026-12-31", 1), dayAfter("2028-02-28", 1)]).toEqual(["2027-01-01", "2028-02-29"]);
  expect(["2028-02-29", "2026-02-29", "2026-1-1", "x"].map(isDate)).toEqual([true, false, false, false]);
});

const HOURS: Pick<BusinessHours, "weekly" | "dates" | "closures" | "time_zone"> = {
  time_zone: "Europe/Berlin", weekly: [...USUAL_WEEK, { day: "saturday", from: "10:00", to: "14:00" }], closures: [],
  dates: [{ date: "2020-12-25", name: "Christmas", yearly: true, open: [] }, { date: "2026-12-24", name: "Christmas Eve", yearly: false, open: [{ from: "09:00", to: "13:00" }] }],
};
const said = (days: ReturnType<typeof comingDays>) => days.map(({ date, open, name }) => [date.slice(5), open.map(({ from, to }) => `${from}-${to}`).join(" "), name].join("|"));

test("the next days follow the week, and dates win over it", () => {
  // Late in the evening in UTC it is the next day in Berlin already.
  expect(said(comingDays(HOURS, at("2026-12-22T23:30:00Z"), 5))).toEqual(["12-23|09:00-17:00|", "12-24|09:00-13:00|Christmas Eve", "12-25||Christmas", "12-26|10:00-14:00|", "12-27||"]);
});

test("a closure takes its part out of the days", () => {
  const closed = (from: string, until: string | null) => said(comingDays({ ...HOURS, closures: [{ from, until, reason: "Fire drill" }] }, at("2026-11-23T08:00:00Z"), 3));
  expect(closed("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")).toEqual(["11-23|09:00-11:00 12:00-17:00|Fire drill", "11-24|09:00-17:00|", "11-25|09:00-17:00|"]);
  expect(closed("2026-11-23T10:00:00Z", "2026-11-23T23:00:00Z")).toEqual(["11-23|09:00-11:00|Fire drill", "11-24|09:00-17:00|", "11-25|09:00-17:00|"]);
  expect(closed("2026-11-23T10:00:00Z", "2026-11-24T09:00:00Z")).toEqual(["11-23|09:00-11:00|Fire drill", "11-24|10:00-17:00|Fire drill", "11-25|09:00-17:00|"]);
  expect(closed("2026-11-23T07:00:00Z", null)).toEqual(["11-23||Fire drill", "11-24||Fire drill", "11-25||Fire drill"]);
  expect(closed("2026-11-23T18:00:00Z", "2026-11-23T19:00:00Z")[0]).toBe("11-23|09:00-17:00|");
});

test("what is half typed is not shown as open", () => {
  expect(said(comingDays({ ...HOURS, weekly: [{ day: "monday", from: "9", to: "" }, { day: "monday", from: "13", to: "1730" }] }, at("2026-11-23T08:00:00Z"), 1))).toEqual(["11-23|13:00-17:30|"]);
});

const t = ((key: string, { when }: { when?: string } = {}) => (when ? `${key} ${when}` : key)) as unknown as TFunction;

test("open and closed are said with the moment it changes, by the clock there", () => {
  const now = at("2026-11-23T08:00:00Z");
  const moment = (then: string, zone = "Europe/Berlin", language = "en") => sayMoment(at(then), zone, now, language);
  expect(moment("2026-11-23T16:00:00Z")).toBe("17:00");
  expect(moment("2026-11-23T23:00:00Z")).toBe("24:00");
  expect(moment("2026-11-24T08:00:00Z")).toBe("Tue 09:00");
  expect(moment("2026-11-24T08:00:00Z", "Asia/Seoul", "ko")).toBe("화 17:00");
  expect(moment("2026-11-30T08:00:00Z")).toBe("30 Nov, 09:00");
  expect(moment("2027-01-07T08:00:00Z")).toBe("7 Jan 2027, 09:00");
  const state = (open: boolean, until: string | null) => sayState(t, { time_zone: "Europe/Berlin", now: { open, until, because: "weekly", name: "" } }, now, "en");
  expect([state(true, "2026-11-23T16:00:00Z"), state(true, null), state(false, "2026-11-24T08:00:00Z"), state(false, null)]).toEqual(["hours.openUntil 17:00", "hours.openAlways", "hours.closedUntil Tue 09:00", "hours.closedOpenEnd"]);
});

test("a closure ends in an hour, with the day there, at a time to come, or openly", () => {
  const now = at("2026-11-23T22:30:00Z");
  const end = (choice: "hour" | "today" | "at" | "open", zone: string, date = "", time: string | null = null) => iso(closureEnd(choice, now, zone, { date, time }));
  expect([end("hour", "UTC"), end("open", "UTC")]).toEqual(["2026-11-23T23:30:00.000Z", null]);
  expect([end("today", "Europe/Berlin"), end("today", "Asia/Seoul")]).toEqual(["2026-11-23T23:00:00.000Z", "2026-11-24T15:00:00.000Z"]);
  expect(end("at", "Asia/Seoul", "2026-11-24", "09:00")).toBe("2026-11-24T00:00:00.000Z");
  expect([end("at", "UTC"), end("at", "UTC", "2026-11-24", null), end("at", "UTC", "2026-11-23", "22:00")]).toEqual([undefined, undefined, undefined]);
});

test("opening again ends what holds now and keeps what is planned", () => {
  const now = at("2026-11-23T12:00:00Z");
  const closures = [
    { from: "2026-11-20T12:00:00Z", until: "2026-11-20T13:00:00Z", reason: "over" }, { from: "2026-11-23T11:00:00Z", until: null, reason: "now" },
    { from: "2026-11-23T11:00:00Z", until: "2026-11-23T13:00:00Z", reason: "now" }, { from: "2026-11-27T12:00:00Z", until: null, reason: "later" },
  ];
  expect(reopened(closures, now).map(({ reason }) => reason)).toEqual(["later"]);
  expect(stillDue(closures, now).map(({ reason }) => reason)).toEqual(["now", "now", "later"]);
  const justNow = { from: "2026-11-23T12:00:20Z", until: null, reason: "by a clock that is ahead" };
  expect([holdsNow(justNow, now), isPlanned(justNow, now)]).toEqual([true, false]);
});

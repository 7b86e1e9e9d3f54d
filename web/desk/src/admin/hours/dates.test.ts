import { expect, test } from "vitest";
import { readCalendar } from "./calendar-file.ts";
import { dateOn, datesAreRight, inOrder, isInOrder, joined, readLines } from "./special-dates.ts";

const one = (date: string, name = "", yearly = false) => ({ date, name, yearly, open: [] });

test("pasted lines are read in the ways dates are written", () => {
  const { dates, unread } = readLines("2026-12-25 Christmas Day\n\n26.12.2026: 2. Weihnachtstag\r\n2027. 1. 1. 새해\n2027/5/1, Labour Day\n2026-12-27\nnext Friday off\n2026-02-30 never", false);
  expect(dates).toEqual([one("2026-12-25", "Christmas Day"), one("2026-12-26", "2. Weihnachtstag"), one("2027-01-01", "새해"), one("2027-05-01", "Labour Day"), one("2026-12-27")]);
  expect(unread).toEqual([7, 8]);
  expect(readLines("2026-10-03 Unity", true).dates[0]?.yearly).toBe(true);
});

test("times after the date mean open then", () => {
  expect(readLines("2026-12-31 09:00-14:00 New Year’s Eve\n24.12.2026 9:00–12:00, 13.00 bis 15.30 Heiligabend", false).dates).toEqual([
    { ...one("2026-12-31", "New Year’s Eve"), open: [{ from: "09:00", to: "14:00" }] },
    { ...one("2026-12-24", "Heiligabend"), open: [{ from: "09:00", to: "12:00" }, { from: "13:00", to: "15:30" }] },
  ]);
  expect(readLines("2026-12-31 14:00-09:00 backwards", false).unread).toEqual([1]);
});

test("what is there already is not added again", () => {
  const { dates, known } = joined([one("2026-12-25", "Christmas", true), one("2026-10-03", "Unity")], [one("2027-12-25", "Christmas"), one("2026-10-03", "Unity Day"), one("2026-11-01", "All Saints"), one("2026-11-01", "twice")]);
  expect(dates.map(({ date }) => date)).toEqual(["2026-10-03", "2026-11-01", "2026-12-25"]);
  expect(known).toBe(3);
  const open = [{ from: "09:00", to: "12:00" }];
  expect(joined([one("2020-12-24", "every year", true)], [{ ...one("2026-12-24", "open for once"), open }]).known).toBe(0);
});

test("a day has the date of its own before that of every year", () => {
  const dates = [one("2020-12-24", "every year", true), one("2026-12-24", "this year")];
  expect(dateOn(dates, "2026-12-24")?.name).toBe("this year");
  expect(dateOn(dates, "2027-12-24")?.name).toBe("every year");
  expect(dateOn(dates, "2027-12-25")).toBeNull();
});

test("dates are put in order and judged", () => {
  const mixed = [one("2026-12-25"), one("2026-10-03")];
  expect([isInOrder(mixed), isInOrder(inOrder(mixed))]).toEqual([false, true]);
  expect([datesAreRight(mixed), datesAreRight([one("")]), datesAreRight([{ ...one("2026-12-25"), open: [{ from: "9", to: "8" }] }])]).toEqual([true, false, false]);
});

const calendar = (...events: string[]) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", ...events.flatMap((event) => ["BEGIN:VEVENT", ...event.split("\n"), "END:VEVENT"]), "END:VCALENDAR", ""].join("\r\n");

test("all-day events of a calendar become dates", () => {
  const read = readCalendar(calendar(
    "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas\\, both days",
    "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY\nSUMMARY:New Year",
    "DTSTART;VALUE=DATE:20260101\nSUMMARY:over",
    "DTSTART:20261224T090000Z\nSUMMARY:a meeting",
  ), "2026-11-23");
  expect(read).toEqual({ dates: [one("2026-12-25", "Christmas, both days"), one("2026-12-26", "Christmas, both days"), one("2026-01-01", "New Year", true)], past: 1, timed: 1 });
});

test("a holiday that moves is taken for the coming years, day by day", () => {
  const read = readCalendar(calendar("DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\nSUMMARY:Thanksgiving"), "2026-11-23");
  expect(read?.dates).toEqual(["2026-11-26", "2027-11-25", "2028-11-23", "2029-11-22"].map((date) => one(date, "Thanksgiving")));
  const ended = readCalendar(calendar("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20220501\nSUMMARY:ended"), "2026-11-23");
  expect(ended).toEqual({ dates: [], past: 1, timed: 0 });
});

test("a rule that names its own day is still every year, and what is no calendar is told", () => {
  expect(readCalendar(calendar("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=3\nSUMMARY:Unity"), "2026-11-23")?.dates).toEqual([one("2026-10-03", "Unity", true)]);
  expect(readCalendar(calendar("DTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY\nSUMMARY:Leap day"), "2026-11-23")?.dates).toEqual([one("2020-02-29", "Leap day", true)]);
  expect(readCalendar("2026-12-25 Christmas", "2026-11-23")).toBeNull();
  expect(readCalendar("", "2026-11-23")).toBeNull();
});

// Special dates: kept in order, and read from lines that somebody pastes.
import type { SpecialDate, TimeSpan } from "@seaway/api/types";
import { readTime, spanFaults } from "./spans.ts";
import { isDate } from "./zoned.ts";

/** Characters of a name. */
const NAME_MAX = 100;

export function inOrder(dates: readonly SpecialDate[]): SpecialDate[] {
  return dates.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

export function isInOrder(dates: readonly SpecialDate[]): boolean {
  return inOrder(dates).every((date, at) => date === dates[at]);
}

/** Which one decides about a day: the one for that very day before the one for every year. */
export function dateOn(dates: readonly SpecialDate[], day: string): SpecialDate | null {
  return dates.find(({ date, yearly }) => !yearly && date === day) ?? dates.find(({ date, yearly }) => yearly && date.slice(5) === day.slice(5)) ?? null;
}

/** Those that are not there yet join, in order; `known` counts the others. */
export function joined(dates: readonly SpecialDate[], more: readonly SpecialDate[]): { dates: SpecialDate[]; known: number } {
  const all = [...dates];
  for (const one of more) {
    // A day of every year is there for a single year, too, unless that year has other times.
    const same = all.some(({ date, yearly, open }) => (date === one.date && yearly === one.yearly) || (yearly && date.slice(5) === one.date.slice(5) && JSON.stringify(open) === JSON.stringify(one.open)));
    if (!same) all.push(one);
  }
  return { dates: inOrder(all), known: dates.length + more.length - all.length };
}

/** "2026-12-25 Christmas", "31.12.2026 9:00-14:00 New Year's Eve": a line each. `unread`: lines that are none, counted from 1. */
export function readLines(text: string, yearly: boolean): { dates: SpecialDate[]; unread: number[] } {
  const dates: SpecialDate[] = [];
  const unread: number[] = [];
  text.split(/\r?\n/).forEach((line, at) => {
    if (line.trim() === "") return;
    const date = readLine(line.trim(), yearly);
    if (date) dates.push(date);
    else unread.push(at + 1);
  });
  return { dates, unread };
}

const SPAN = String.raw`\d{1,2}[:.]\d{2}\s*(?:-|–|to|bis)\s*\d{1,2}[:.]\d{2}`;
const LINE = new RegExp(String.raw`^(\d{4}[-./]\s?\d{1,2}[-./]\s?\d{1,2}|\d{1,2}\.\s?\d{1,2}\.\s?\d{4})\.?(?:[\s,;:]+|$)((?:${SPAN}[\s,;]*)*)(.*)$`, "u");

function readLine(line: string, yearly: boolean): SpecialDate | null {
  const [, day = "", times = "", rest = ""] = LINE.exec(line) ?? [];
  const parts = day.split(/[-./]/).map((part) => part.trim());
  const [year = "", month = "", date = ""] = parts[0]?.length === 4 ? parts : parts.toReversed();
  const iso = [year, month.padStart(2, "0"), date.padStart(2, "0")].join("-");
  if (!isDate(iso)) return null;
  const open = [...times.matchAll(new RegExp(SPAN, "g"))].map(([span]): TimeSpan => {
    const [from = "", to = ""] = span.split(/\s*(?:-|–|to|bis)\s*/);
    return { from: readTime(from) ?? "", to: readTime(to) ?? "" };
  });
  if (spanFaults(open).some((fault) => fault !== null)) return null;
  return { date: iso, name: rest.replace(/^[\s,;:–-]+/, "").trim().slice(0, NAME_MAX), yearly, open };
}

export function datesAreRight(dates: readonly SpecialDate[]): boolean {
  return dates.every(({ date, open }) => isDate(date) && spanFaults(open).every((fault) => fault === null));
}

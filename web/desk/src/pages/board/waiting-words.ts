// One sentence for a task that waits.
import type { TaskWhy } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { clock } from "../shared/format.ts";

type Waiting = NonNullable<TaskWhy["waiting"]>;
/** What is against those who come closest is said first. */
const NEAR = ["rejected_recently", "held", "capacity", "connection", "activity"];
/** Positions are counted up to this. */
const COUNTED = 1_000;

/** A day of this week and its time, by the reader's clock. */
export const soon = (language: string) => {
  const format = new Intl.DateTimeFormat(language, { weekday: "long", hour: "2-digit", minute: "2-digit" });
  return (at: Date) => format.format(at);
};

/** `sayTime` says a point in time as its reader's clock shows it. */
export function sayWaiting(t: TFunction, waiting: Waiting, now: number, sayTime: (at: Date) => string): string {
  const of = (rule: string) => waiting.counted.find((one) => one.rule === rule)?.workers ?? 0;
  const near = NEAR.filter((rule) => of(rule) > 0).map((rule) => t(`board.why.count.${rule}`, { count: of(rule) }));
  const opens = waiting.closed?.opens_at ?? null;
  const parts = [
    waiting.closed === null ? "" : opens === null ? t("board.why.closed") : t("board.why.closedUntil", { at: sayTime(new Date(opens)) }),
    waiting.position > 1 ? t(waiting.position > COUNTED ? "board.why.far" : "board.why.place", { place: waiting.position, count: COUNTED }) : "",
    near.length > 0 ? near.join(", ") : waiting.closed ? "" : t("board.why.nobody"),
    waiting.estimated_wait_s === null ? "" : t("board.why.about", { wait: clock(waiting.estimated_wait_s) }),
    waiting.next_step_at === null ? "" : t("board.why.next", { wait: clock(Math.max(0, Math.round((Date.parse(waiting.next_step_at) - now) / 1000))) }),
  ];
  return parts.filter(Boolean).map((part) => `${part}.`).join(" ");
}

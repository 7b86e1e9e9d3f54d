import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { sayWaiting } from "./waiting-words.ts";

const t = ((key: string, options: Record<string, unknown> = {}) => [key.replace("board.why.", ""), ...Object.values(options)].join(" ")) as unknown as TFunction;
const waiting = { filter: null, queue: "All", asks: [], order: null, position: 1, estimated_wait_s: null, closed: null, others: [], counted: [], next_step_at: null, expires_at: null };
const iso = (at: Date) => at.toISOString();

test("what stands in the way of those who come closest is said, and how long it may take", () => {
  expect(sayWaiting(t, waiting, 0, iso)).toBe("nobody.");
  const busy = { ...waiting, position: 3, estimated_wait_s: 90, counted: [{ rule: "skill", workers: 9 }, { rule: "activity", workers: 2 }, { rule: "capacity", workers: 1 }], next_step_at: "1970-01-01T00:01:00Z" };
  expect(sayWaiting(t, busy, 30_000, iso)).toBe("place 3 1000. count.capacity 1, count.activity 2. about 1:30. next 0:30.");
  expect(sayWaiting(t, { ...busy, position: 1001, counted: [], estimated_wait_s: null, next_step_at: null }, 0, iso)).toBe("far 1001 1000. nobody.");
  expect(sayWaiting(t, { ...waiting, closed: { opens_at: "2026-11-24T09:00:00+01:00", reason: "" } }, 0, iso)).toBe("closedUntil 2026-11-24T08:00:00.000Z.");
  expect(sayWaiting(t, { ...waiting, closed: { opens_at: null, reason: "" } }, 0, iso)).toBe("closed.");
});

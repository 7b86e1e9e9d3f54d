import type { Board } from "@seaway/api/types";
import { expect, it } from "vitest";
import { figures, stuckQueues, waitUrgency } from "./thresholds.ts";

const queue = (part: Partial<Board["queues"][number]>): Board["queues"][number] => ({ id: "q", name: "Q", waiting: 0, longest_wait_s: 0, offered: 0, active: 0, wrapping: 0, available_workers: 1, done_today: 0, timed_out_today: 0, ...part });
const board = (queues: Board["queues"]): Board => ({ at: "2026-11-21T12:00:00Z", queues, workers: [], waiting: [], timed_out: [], active: [] });

it("turns amber at two minutes and red at five", () => {
  expect([119, 120, 299, 300].map(waitUrgency)).toEqual(["", "warn", "warn", "bad"]);
});

it("takes the longest wait only from queues where somebody waits", () => {
  expect(figures(board([queue({ name: "Old", longest_wait_s: 900 }), queue({ name: "Now", waiting: 1, longest_wait_s: 40, done_today: 3 }), queue({ done_today: 4 })]))).toMatchObject({ longest_s: 40, longest_queue: "Now", done: 7 });
});

it("calls a queue stuck when somebody waits and nobody is free", () => {
  expect(stuckQueues(board([queue({ id: "a", waiting: 2, available_workers: 0 }), queue({ id: "b", available_workers: 0 }), queue({ id: "c", waiting: 2 })])).map((one) => one.id)).toEqual(["a"]);
});

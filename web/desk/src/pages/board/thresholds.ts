// When the board speaks up. Healthy is grey; amber says act soon, red says too late.
import type { Board } from "@seaway/api/types";

/** Seconds a customer may wait before the number turns amber, and red. */
export const WAIT_SOON_S = 120;
export const WAIT_LATE_S = 300;

export type Urgency = "" | "warn" | "bad";

export function waitUrgency(seconds: number): Urgency {
  return seconds >= WAIT_LATE_S ? "bad" : seconds >= WAIT_SOON_S ? "warn" : "";
}

export interface BoardFigures { waiting: number; longest_s: number; longest_queue: string | null; available: number; away: number; offline: number; active: number; wrapping: number; done: number; timed_out: number }

/** The five figures on top, from the rows below them. */
export function figures(board: Board): BoardFigures {
  const longest = board.queues.reduce<Board["queues"][number] | null>((most, queue) => (queue.waiting > 0 && (!most || queue.longest_wait_s > most.longest_wait_s) ? queue : most), null);
  const here = board.workers.filter((worker) => worker.connected);
  const sum = (pick: (queue: Board["queues"][number]) => number) => board.queues.reduce((total, queue) => total + pick(queue), 0);
  return {
    waiting: board.waiting.length,
    longest_s: longest?.longest_wait_s ?? 0,
    longest_queue: longest?.name ?? null,
    available: here.filter((worker) => worker.activity.available).length,
    away: here.filter((worker) => !worker.activity.available).length,
    offline: board.workers.length - here.length,
    active: sum((queue) => queue.active),
    wrapping: sum((queue) => queue.wrapping),
    done: sum((queue) => queue.done_today),
    timed_out: sum((queue) => queue.timed_out_today),
  };
}

/** Queues where somebody waits and nobody could take them. */
export function stuckQueues(board: Board): Board["queues"] {
  return board.queues.filter((queue) => queue.waiting > 0 && queue.available_workers === 0);
}

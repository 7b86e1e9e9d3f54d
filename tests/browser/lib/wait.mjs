// Waiting for the world, always with an end.
import { setTimeout as sleep } from "node:timers/promises";

export { sleep };

/** How long anything may take on a slow, busy machine before it counts as broken, in milliseconds. What works answers long before. */
export const PATIENCE_MS = 45_000;

/** Asks again until the answer is truthy. `what` names it in the failure; times in milliseconds. */
export async function until(what, ask, { timeout = PATIENCE_MS, every = 50 } = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout / 1000} s`);
    await sleep(every);
  }
}

/** The answer stays falsy for the whole time; for what must not happen. */
export async function never(what, ask, { during = 2_000, every = 100 } = {}) {
  const end = Date.now() + during;
  while (Date.now() < end) {
    if (await ask()) throw new Error(`${what}: it happened, and must not`);
    await sleep(every);
  }
}

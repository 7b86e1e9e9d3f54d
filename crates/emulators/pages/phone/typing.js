// Tells the platform that one is writing, where its app does: again while it goes on, and once that it ended.

/** Said again at most this often while one writes, in milliseconds. */
const AGAIN_MS = 4_000;
/** Silence after which one no longer writes, in milliseconds. */
const IDLE_MS = 5_000;

let toldAt = 0;
let idle = 0;
/** How to say it to whom it was said last. */
let tell = () => {};

/** The writing line changed; `say` tells the one it is about. */
export function typing(say) {
  clearTimeout(idle);
  idle = setTimeout(stopTyping, IDLE_MS);
  if (Date.now() - toldAt < AGAIN_MS) return;
  toldAt = Date.now();
  tell = say;
  tell(true);
}

/** Nobody writes any more. What was sent says so itself: then nothing is told. */
export function stopTyping({ sent = false } = {}) {
  clearTimeout(idle);
  if (toldAt > 0 && !sent) tell(false);
  toldAt = 0;
}

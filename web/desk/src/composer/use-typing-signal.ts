import { useCallback, useEffect, useRef } from "react";
import { useLive } from "../state/desk.tsx";

/** Said again at most this often while one types, in milliseconds. */
const AGAIN_MS = 3_000;
/** Silence after which one is no longer typing, in milliseconds. */
const IDLE_MS = 5_000;

/** Tells the customer that somebody writes; ends by itself. `can`: whether the channel shows it. */
export function useTypingSignal(conversationId: string, can: boolean): (on: boolean) => void {
  const live = useLive();
  const state = useRef<{ saidAt: number; idle: ReturnType<typeof setTimeout> | undefined }>({ saidAt: 0, idle: undefined });
  const tell = useCallback(
    (on: boolean) => {
      const s = state.current;
      const say = (writing: boolean) => {
        s.saidAt = writing ? Date.now() : 0;
        live.signal({ type: "typing", conversation_id: conversationId, on: writing });
      };
      clearTimeout(s.idle);
      if (!can) return;
      if (!on) {
        if (s.saidAt > 0) say(false);
        return;
      }
      if (Date.now() - s.saidAt > AGAIN_MS) say(true);
      s.idle = setTimeout(() => say(false), IDLE_MS);
    },
    [can, conversationId, live],
  );
  useEffect(() => () => tell(false), [tell]);
  return tell;
}

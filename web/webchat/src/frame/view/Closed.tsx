/* oxlint-disable react/immutability, react/purity -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import { useEffect, useState } from "preact/hooks";
import { adopt } from "../adopt.ts";
import type { Chat } from "../chat.ts";
import { closedWords, opening } from "../closed.ts";
import { agentName, type State } from "../state.ts";
import RULES from "./closed.css?inline";

adopt(RULES);

/** Milliseconds: at midnight "tomorrow" becomes "today", and a machine that slept must not show what is over. */
const LOOK_AGAIN_MS = 60_000;
const SAID_MS = 3_000;

/** Once for each time the frame is loaded, also when the notice comes back after the phone number was proven. */
let told = false;

/** That nobody is there now, and from when on somebody is. It goes by itself. */
export function Closed({ state, chat }: { state: State; chat: Chat }) {
  const [now, setNow] = useState(Date.now());
  const [aloud, setAloud] = useState("");
  const opensAt = opening(state.closed);
  // Who is being answered right now is not told that nobody is there.
  const words = agentName(state) === null ? closedWords(state.language, opensAt, now) : null;

  useEffect(() => {
    const look = (): void => setNow(Date.now());
    document.addEventListener("visibilitychange", look);
    // What is over needs no more looking.
    const timer = opensAt !== null && opensAt <= now ? undefined : setTimeout(look, Math.min(LOOK_AGAIN_MS, (opensAt ?? Infinity) - now));
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [now, opensAt]);

  useEffect(() => {
    function tell(): void {
      // While the chat is closed nobody would hear it.
      if (told || words === null || !chat.pageVisible || document.visibilityState !== "visible") return;
      told = true;
      setAloud(words);
    }
    tell();
    // The chat has heard the page's message before us.
    addEventListener("message", tell);
    return () => removeEventListener("message", tell);
  }, [words, chat]);
  useEffect(() => {
    const timer = setTimeout(() => setAloud(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [aloud]);

  if (words === null) return null;
  return (
    <div class="shut">
      <svg class="i" viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="12" cy="12" r="8.5" />
        <path d="M12 7.5V12l3 2" />
      </svg>
      <p>{words}</p>
      <p class="unseen" role="status">
        {aloud}
      </p>
    </div>
  );
}

/* oxlint-disable react/immutability -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { State } from "../state.ts";
import { noticeWords, senderName } from "../words.ts";

/** Milliseconds. */
const SAID_MS = 3_000;

/** Reads what arrives to screen readers, with its sender, politely; never what was there when the chat opened. */
export function Announcer({ state }: { state: State }) {
  const heard = useRef<number | null>(null);
  const [text, setText] = useState("");
  const { phase, messages, language, position } = state;
  useEffect(() => {
    if (phase !== "ready") {
      heard.current = null;
      return;
    }
    const since = heard.current;
    heard.current = position;
    if (since === null) return;
    const news = messages.filter((message) => message.pos > since && message.from !== "me");
    if (news.length > 0) {
      setText(news.map((message) => (message.notice ? noticeWords(language, message) : `${senderName(language, message)}: ${message.text || [...message.attachments.map((file) => file.name), ...message.cards.map((card) => card["title"])].join(", ")}`)).join(". "));
    }
  }, [phase, messages, language, position]);
  useEffect(() => {
    // Said is said: who walks through the page later finds each message once.
    const timer = setTimeout(() => setText(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}

/* oxlint-disable react/immutability, react/purity -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import { choices, rows, type Row } from "../rows.ts";
import type { State } from "../state.ts";
import { say } from "../texts.ts";
import { clock, day, noticeWords } from "../words.ts";
import { Bubble, Outgoing } from "./Bubble.tsx";
import type { Cards } from "./Cards.tsx";
import type { Extras } from "./Extras.tsx";

type CardsView = typeof Cards;
type ExtrasView = typeof Extras;

/** This near to the end (px) counts as being there. */
const NEAR = 24;

export function Log({ state, chat, box, onChoice }: { state: State; chat: Chat; box: RefObject<HTMLDivElement | null>; onChoice: (text: string) => void }) {
  const { language, phase } = state;
  const atEnd = useRef(true);
  const before = useRef({ first: "", height: 0, sent: 0 });
  const [away, setAway] = useState(false);
  const all = rows(state);
  const offered = choices(state);
  const [cards, setCards] = useState<CardsView>();
  const [extras, setExtras] = useState<ExtrasView>();
  const brought = state.messages.some((message) => message.extras.length > 0);
  const shown = state.messages.some((message) => message.cards.length > 0);

  useEffect(() => {
    if (shown) void import("./Cards.tsx").then(({ Cards }) => setCards(() => Cards));
  }, [shown]);
  useEffect(() => {
    if (brought) void import("./Extras.tsx").then(({ Extras }) => setExtras(() => Extras));
  }, [brought]);

  useLayoutEffect(() => {
    const log = box.current;
    if (!log) return;
    const first = state.messages[0]?.id ?? "";
    const { first: oldFirst, height, sent } = before.current;
    if (atEnd.current || state.outbox.length > sent) log.scrollTop = log.scrollHeight;
    else if (first !== oldFirst) log.scrollTop += log.scrollHeight - height;
    before.current = { first, height: log.scrollHeight, sent: state.outbox.length };
  });

  useEffect(() => {
    const log = box.current;
    if (!log) return;
    const keep = new ResizeObserver(() => {
      if (atEnd.current) log.scrollTop = log.scrollHeight;
    });
    keep.observe(log);
    return () => keep.disconnect();
  }, [box]);

  useEffect(() => {
    // The log begins at its end, also when it comes back after the phone number was proven.
    chat.logSees(true);
    return () => chat.logSees(false);
  }, [chat]);

  function scrolled(): void {
    const log = box.current;
    if (!log) return;
    const end = log.scrollHeight - log.scrollTop - log.clientHeight <= NEAR;
    if (end !== atEnd.current) {
      atEnd.current = end;
      setAway(!end);
      chat.logSees(end);
    }
    if (log.scrollTop < NEAR && state.more) void chat.older();
  }
  function toEnd(): void {
    const log = box.current;
    if (log) log.scrollTop = log.scrollHeight;
  }

  const news = state.messages.filter((message) => message.pos > state.seen && message.from !== "me" && !message.notice).length;
  return (
    <div class="logbox">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key. */}
      <div ref={box} class="log" role="log" aria-live="off" aria-label={say(language, "log")} aria-busy={phase === "loading"} tabIndex={0} onScroll={scrolled}>
        <div class="rows">
          {state.more && (
            <button type="button" class="quiet" onClick={() => void chat.older()}>
              {say(language, "earlier")}
            </button>
          )}
          {phase === "loading" && state.messages.length === 0 && <Skeleton label={say(language, "loading")} />}
          {phase === "failed" && (
            <div class="empty">
              <Waves />
              <h2>{say(language, "failedTitle")}</h2>
              <p>{say(language, "failedText")}</p>
              <button type="button" class="btn" onClick={() => void chat.start()}>
                {say(language, "retry")}
              </button>
            </div>
          )}
          {phase === "refused" && (
            <div class="empty" role="alert">
              <Waves />
              <h2>{say(language, "refusedTitle")}</h2>
              <p>{state.problem?.detail || say(language, "refusedText")}</p>
            </div>
          )}
          {all.map((row) => (
            <Line key={row.key} row={row} state={state} chat={chat} cards={cards} extras={extras} onChoice={onChoice} />
          ))}
          {offered.length > 0 && (
            <div class="choices" role="group" aria-label={say(language, "choices")}>
              {offered.map((choice) => (
                <button key={choice} type="button" class="choice" onClick={() => onChoice(choice)}>
                  {choice}
                </button>
              ))}
            </div>
          )}
          {state.typing && (
            <div class="bubble typing" role="img" aria-label={say(language, "isTyping", { name: state.typing.name ?? say(language, "someone") })}>
              <i />
              <i />
              <i />
            </div>
          )}
          {phase === "ready" && state.net === "offline" && state.offlineSince !== null && (
            <p class="pill" role="status">
              {say(language, "offline", { time: clock(language, state.offlineSince) })}
            </p>
          )}
        </div>
      </div>
      {away && news > 0 && (
        <button type="button" class="news" onClick={toEnd}>
          {news === 1 ? say(language, "one") : say(language, "many", { count: news })}
        </button>
      )}
    </div>
  );
}

function Line({ row, state, chat, cards: Cards, extras: Extras, onChoice }: { row: Row; state: State; chat: Chat; cards: CardsView | undefined; extras: ExtrasView | undefined; onChoice: (text: string) => void }) {
  const { language } = state;
  switch (row.kind) {
    case "day":
      return <p class="line">{`${day(language, row.at, Date.now())} ${clock(language, row.at)}`}</p>;
    case "expired":
      return <p class="line">{say(language, "expired")}</p>;
    case "notice": {
      const words = noticeWords(language, row.message);
      return words === "" ? null : (
        <p class="line" dir="auto">
          {words}
        </p>
      );
    }
    case "greeting":
      return (
        <div class="bubble" dir="auto">
          {row.text}
        </div>
      );
    case "bubble":
      return (
        <Bubble message={row.message} meta={row.meta} language={language}>
          {Extras && row.message.extras.length > 0 && <Extras message={row.message} language={language} />}
          {Cards && row.message.cards.length > 0 && <Cards message={row.message} language={language} onReply={onChoice} />}
        </Bubble>
      );
    case "outgoing":
      return <Outgoing item={row.item} meta={row.meta} state={state} onAgain={() => chat.sayAgain(row.item.clientId)} onDrop={() => chat.unsay(row.item.clientId)} />;
  }
}

function Skeleton({ label }: { label: string }) {
  return (
    <div class="skeleton" role="img" aria-label={label}>
      <i />
      <i />
      <i />
    </div>
  );
}

/** The water of the empty states; one stroke in the shop's colour. */
function Waves() {
  return (
    <svg class="waves" viewBox="0 0 96 48" aria-hidden="true">
      <path d="M8 16c8-8 16-8 24 0s16 8 24 0 16-8 24 0" />
      <path class="a" d="M20 30c6-6 12-6 18 0s12 6 18 0 12-6 18 0" />
    </svg>
  );
}

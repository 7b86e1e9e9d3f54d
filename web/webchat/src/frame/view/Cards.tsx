/** Cards of a message, side by side: loaded by whoever is shown some. */
import type { Language } from "../../shared/protocol.ts";
import { parseCards, type Card, type CardButton } from "../cards.ts";
import type { Message } from "../types.ts";
import { cardWords } from "./cards-texts.ts";
import "./cards.css";

export function Cards({ message, language, onReply }: { message: Message; language: Language; onReply: (text: string) => void }) {
  const cards = parseCards(message.cards);
  const words = cardWords(language);
  return (
    // What scrolls must be reachable by key.
    <ul class="cards" aria-label={words.cards} tabIndex={cards.length > 1 ? 0 : undefined}>
      {cards.map((card, at) => (
        <One key={at} card={card} words={words} onReply={onReply} />
      ))}
    </ul>
  );
}

function One({ card, words, onReply }: { card: Card; words: ReturnType<typeof cardWords>; onReply: (text: string) => void }) {
  return (
    <li class="card">
      {card.picture !== null && <img src={card.picture} alt="" width={224} height={126} loading="lazy" decoding="async" />}
      <div class="words" dir="auto">
        <h3>{card.title}</h3>
        {card.text !== "" && <p>{card.text}</p>}
        {card.link !== null && (
          <a class="link" href={card.link} target="_blank" rel="noopener noreferrer">
            {words.picture}
          </a>
        )}
      </div>
      {card.buttons.map((button) => (
        <Tap key={button.label} card={card} button={button} onReply={onReply} />
      ))}
    </li>
  );
}

/** Alike labels on several cards are told apart by the card's title. */
function Tap({ card, button, onReply }: { card: Card; button: CardButton; onReply: (text: string) => void }) {
  const label = `${button.label}: ${card.title}`;
  const { reply, url } = button;
  return url === null ? (
    <button type="button" class="tap" aria-label={label} onClick={() => onReply(reply)}>
      {button.label}
    </button>
  ) : (
    <a class="tap" href={url} target="_blank" rel="noopener noreferrer" aria-label={label}>
      {button.label}
      <svg class="i" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M7 17 17 7M9 7h8v8" />
      </svg>
    </a>
  );
}

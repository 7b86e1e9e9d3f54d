// Cards of a message that is being written: what is wrong with them, and what becomes of them when they are sent.
import type { Attachment, Card } from "@seaway/api/types";
import { newId } from "../api/id.ts";

/** An answer comes back as `value`, or as what stands on it; a page opens `value`. */
export interface ButtonDraft { id: string; label: string; does: "reply" | "url"; value: string }
export interface CardDraft { id: string; title: string; text: string; image: Attachment | null; buttons: ButtonDraft[] }

/** As `crates/model/src/card.rs` judges; addresses in bytes, all else in characters. */
export const CARD = { most: 10, title: 80, text: 2_000, buttons: 3, label: 20, reply: 100, address: 500 } as const;

export type CardField = "title" | "text" | "label" | "value" | "card";
export interface CardProblem { card: number; /** Of which button. */ button: number | null; field: CardField; code: "required" | "too_long" | "twice" | "bad_address" | "bare" }

export function aCard(): CardDraft {
  return { id: newId(), title: "", text: "", image: null, buttons: [] };
}

export function isBlank(card: CardDraft): boolean {
  return !card.title.trim() && !card.text.trim() && !card.image && card.buttons.every((button) => !button.label.trim() && !button.value.trim());
}

/** What a tap on an answer comes back as; where the same word stands on several cards, the title tells them apart. */
export function meaningOf(cards: readonly CardDraft[], card: CardDraft, button: ButtonDraft): string {
  const label = button.label.trim();
  if (button.value.trim()) return button.value.trim();
  const same = cards.flatMap((one) => one.buttons).filter((one) => one.does === "reply" && folded(one.label) === folded(label));
  return same.length > 1 ? cut(`${label} ${card.title.trim()}`.trim(), CARD.reply) : label;
}

/** What keeps the cards from being sent, in their order. A blank one beside others counts for nothing. */
export function wrongInCards(cards: readonly CardDraft[]): CardProblem[] {
  const wrong: CardProblem[] = [];
  const meanings = new Set<string>();
  const nothing = cards.every(isBlank);
  cards.forEach((card, at) => {
    if (isBlank(card) && !nothing) return;
    const say = (field: CardField, code: CardProblem["code"], button: number | null = null) => wrong.push({ card: at, button, field, code });
    const length = (text: string) => [...text.trim()].length;
    if (!card.title.trim()) say("title", "required");
    if (length(card.title) > CARD.title) say("title", "too_long");
    if (length(card.text) > CARD.text) say("text", "too_long");
    if (card.title.trim() && !card.text.trim() && !card.image && card.buttons.length === 0) say("card", "bare");
    const labels = new Set<string>();
    card.buttons.forEach((button, no) => {
      if (!button.label.trim()) say("label", "required", no);
      else if (length(button.label) > CARD.label) say("label", "too_long", no);
      else if (labels.has(folded(button.label))) say("label", "twice", no);
      labels.add(folded(button.label));
      if (button.does === "url") {
        if (!isAddress(button.value.trim())) say("value", button.value.trim() ? "bad_address" : "required", no);
        return;
      }
      if (!button.label.trim()) return;
      const means = meaningOf(cards, card, button);
      if (length(means) > CARD.reply) say("value", "too_long", no);
      else if (meanings.has(folded(means))) say("value", "twice", no);
      meanings.add(folded(means));
    });
  });
  return wrong;
}

/** As they stand in a message. */
export function asCards(cards: readonly CardDraft[]): Card[] {
  return cards.map((card) => ({
    title: card.title.trim(), text: card.text.trim(), image: card.image && { attachment: card.image, url: null },
    buttons: card.buttons.map((button) => ({ label: button.label.trim(), ...(button.does === "url" ? { reply: null, url: button.value.trim() } : { reply: meaningOf(cards, card, button), url: null }) })),
  }));
}

/** As the server wants to be told of them. */
export function cardsBody(cards: readonly Card[]): object[] {
  return cards.map((card) => ({
    title: card.title, text: card.text, ...(card.image?.attachment && { image: { attachment_id: card.image.attachment.id } }),
    buttons: card.buttons.map((button) => (button.url === null ? { label: button.label, reply: button.reply } : { label: button.label, url: button.url })),
  }));
}

function isAddress(url: string): boolean {
  const host = /^https:\/\/([^/?#]+)/.exec(url)?.[1] ?? "";
  return host !== "" && !/^[:.]|@/.test(host) && !/[\s\p{Cc}"<>\\`{}|^]/u.test(url) && new TextEncoder().encode(url).length <= CARD.address;
}

function folded(text: string): string {
  return text.trim().toLowerCase();
}

function cut(text: string, most: number): string {
  return [...text].slice(0, most).join("").trim();
}

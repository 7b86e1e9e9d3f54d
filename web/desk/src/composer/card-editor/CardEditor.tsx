// Cards written by hand: one or several beside each other, and what the customer will see of them. Loaded when somebody wants one.
// Every change is part of the draft at once; closing leaves the cards with the reply.
import type { Conversation } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { IconButton } from "@seaway/kit/IconButton";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { aCard, CARD, isBlank, wrongInCards, type CardDraft } from "../cards.ts";
import { CardForm } from "./CardForm.tsx";
import { CardPreview } from "./CardPreview.tsx";
import { usePreview } from "./use-preview.ts";
import "./card-editor.css";

export interface CardEditorProps {
  conversation: Conversation;
  cards: CardDraft[];
  /** The rest of the reply. */
  text: string;
  files: readonly string[];
  onChange: (cards: CardDraft[]) => void;
  onClose: () => void;
  /** Null while something else keeps the reply from being sent. */
  onSend: (() => void) | null;
}

export function CardEditor({ conversation, cards, text, files, onChange, onClose, onSend }: CardEditorProps) {
  const { t } = useTranslation();
  const [at, setAt] = useState(0);
  const [tried, setTried] = useState(false);
  const previewed = usePreview(conversation, text, files, cards);
  const problems = wrongInCards(cards);
  const card = cards[Math.min(at, cards.length - 1)];
  const no = card ? cards.indexOf(card) : 0;

  function change(change: Partial<CardDraft>): void {
    onChange(cards.map((one) => (one === card ? { ...one, ...change } : one)));
  }
  function add(): void {
    onChange([...cards, aCard()]);
    setAt(cards.length);
  }
  function remove(): void {
    const left = cards.filter((one) => one !== card);
    onChange(left);
    setAt(Math.max(0, no - 1));
    if (left.length === 0) onClose();
  }
  function move(by: -1 | 1): void {
    const next = [...cards];
    const [moved] = next.splice(no, 1);
    if (!moved) return;
    next.splice(no + by, 0, moved);
    onChange(next);
    setAt(no + by);
  }
  function close(): void {
    const whole = cards.filter((one) => !isBlank(one));
    if (whole.length < cards.length) onChange(whole);
    onClose();
  }
  function send(): void {
    const first = problems[0];
    if (!first) return onSend?.();
    setTried(true);
    setAt(first.card);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".card-form [aria-invalid=true], .card-form [data-invalid] input")?.focus());
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (onSend) send();
  }
  return (
    <Dialog wide title={t("card.dialog")} closeLabel={t("word.close")} isOpen onClose={close}
      foot={<><Button onPress={close}>{t("card.done")}</Button><Button variant="primary" isDisabled={!onSend} keys={["Ctrl", "Enter"]} onPress={send}>{t("composer.send")}</Button></>}>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="card-editor" onKeyDown={onKeyDown}>
        <div className="cards-of">
          <div className="which" role="group" aria-label={t("card.ours")}>
            {cards.map((one, place) => (
              <button key={one.id} type="button" className={`chip ${tried && problems.some((problem) => problem.card === place) ? "bad" : ""}`} aria-pressed={one === card} onClick={() => setAt(place)}>
                <span className="num t3">{place + 1}</span>{" "}<span className="cut" dir="auto">{one.title.trim() || t("card.untitled")}</span>
              </button>
            ))}
            <Button size="s" icon="plus" isDisabled={cards.length >= CARD.most} onPress={add}>{t("card.add")}</Button>
          </div>
          {card && (
            <>
              <div className="card-tools">
                <span className="meta num" role="status">{t("card.place", { no: no + 1, count: cards.length })}</span><span className="grow" />
                {cards.length > 1 && <IconButton size="s" icon="left" label={t("card.left")} isDisabled={no === 0} onPress={() => move(-1)} />}
                {cards.length > 1 && <IconButton size="s" icon="right" label={t("card.right")} isDisabled={no === cards.length - 1} onPress={() => move(1)} />}
                <IconButton size="s" icon="trash" label={t("card.remove")} onPress={remove} />
              </div>
              <CardForm key={card.id} card={card} cards={cards} problems={problems.filter((problem) => problem.card === no)} tried={tried} room={conversation.composer.cards?.text ?? null} onChange={change} />
            </>
          )}
        </div>
        <CardPreview conversation={conversation} previewed={previewed} />
      </div>
    </Dialog>
  );
}

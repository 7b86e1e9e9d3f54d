// Answers that the customer may choose from, below the reply. There is always one empty field more, until there are enough.
import type { Conversation } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { asChoices, CHOICE, onButtons, wrongInChoices } from "./choices.ts";

interface ChoicesProps { conversation: Conversation; typed: readonly string[]; onType: (typed: string[] | null) => void; onDone: () => void; onSend: () => void; without: boolean }

/** `without`: there is no question yet that they could stand below. */
export function Choices({ conversation, typed, onType, onDone, onSend, without }: ChoicesProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const written = asChoices(typed);
  const wrong = wrongInChoices(typed);
  const rows = typed.length < CHOICE.most && (typed.at(-1) ?? "x").trim() !== "" ? [...typed, ""] : typed;
  const focus = (at: number) => requestAnimationFrame(() => box.current?.querySelectorAll("input")[at]?.focus());
  function onKeyDown(event: KeyboardEvent, at: number): void {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) onSend();
      else if (rows[at]?.trim() === "" || at === rows.length - 1) onDone();
      else focus(at + 1);
    }
    if (event.key === "Backspace" && rows[at] === "" && at > 0) {
      event.preventDefault();
      onType(typed.filter((_, no) => no !== at));
      focus(at - 1);
    }
  }
  const state = wrong ? t(`choice.${wrong.code}`, { no: wrong.at + 1, most: CHOICE.length }) : written.length === 0 ? null : without ? t("choice.without") : t(onButtons(written, conversation.composer.choices) ? "choice.buttons" : "choice.menu");
  return (
    <div className="answers-out" role="group" aria-label={t("choice.title")} ref={box}>
      <div className="rows">
        {rows.map((choice, at) => (
          // Rows have no name but their place.
          <input key={at} value={choice} type="text" dir="auto" autoComplete="off" aria-label={t("choice.nth", { no: at + 1 })} aria-invalid={wrong?.at === at} placeholder={t("choice.hint", { no: at + 1 })} maxLength={400}
            onChange={(event) => onType(rows.map((one, no) => (no === at ? event.target.value : one)))} onKeyDown={(event) => onKeyDown(event, at)} />
        ))}
        <IconButton size="s" icon="x" label={t("choice.drop")} onPress={() => { onType(null); onDone(); }} />
      </div>
      {state && <span className={`meta ${wrong ? "bad" : ""}`} role="status">{state}</span>}
    </div>
  );
}

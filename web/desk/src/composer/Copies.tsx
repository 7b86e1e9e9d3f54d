// Who else gets the letter. Untouched, it goes to whom the last mail went.
import type { Message } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { useTranslation } from "react-i18next";
import { lastCopies, wrongIn } from "./copies.ts";

export interface TypedCopies { cc: string; bcc: string }

interface CopiesProps { messages: readonly Message[]; typed: TypedCopies | null; onType: (typed: TypedCopies | null) => void }

export function Copies({ messages, typed, onType }: CopiesProps) {
  const { t } = useTranslation();
  const usual = lastCopies(messages).join(", ");
  if (!typed) {
    return (
      <div className="copies still">
        {usual && <span className="meta cut" title={usual}>{t("mail.cc")} {usual}</span>}
        <button type="button" className="link meta" onClick={() => onType({ cc: usual, bcc: "" })}>{t("composer.copies")}</button>
      </div>
    );
  }
  const wrong = wrongIn(typed.cc, typed.bcc);
  return (
    <div className="copies" role="group" aria-label={t("composer.copies")}>
      {(["cc", "bcc"] as const).map((side) => (
        <label key={side}><span className="meta">{t(`composer.${side}`)}</span><input value={typed[side]} type="text" inputMode="email" autoComplete="off" spellCheck={false} placeholder={t("composer.copiesHint")} onChange={(event) => onType({ ...typed, [side]: event.target.value })} /></label>
      ))}
      <IconButton size="s" icon="x" label={t("composer.dropCopies")} onPress={() => onType(null)} />
      {wrong && <span className="meta bad" role="status">{t("composer.badCopy", { address: wrong })}</span>}
    </div>
  );
}

// The words of one message: links live, line breaks kept, very long ones folded.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { withLinks } from "./links.ts";

/** Characters shown before "Show all". */
const FOLD_AT = 1_800;

export function Said({ text }: { text: string }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = all || text.length <= FOLD_AT ? text : `${text.slice(0, FOLD_AT)}…`;
  return (
    <>
      {withLinks(shown).map((part, at) => (part.href ? <a key={`${at}-${part.text}`} className="link" href={part.href} target="_blank" rel="noopener noreferrer nofollow">{part.text}</a> : part.text))}
      {shown !== text && <button type="button" className="link more" onClick={() => setAll(true)}>{t("log.showAll")}</button>}
    </>
  );
}

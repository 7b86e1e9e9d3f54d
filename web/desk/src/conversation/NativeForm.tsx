// A message that went in the channel's own form: the words beside it are the team's, and this is what was sent.
import type { Extra } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStill } from "./use-still.ts";

export function NativeForm({ extra }: { extra: Extra }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const row = useRef<HTMLSpanElement>(null);
  const hold = useStill(row, String(open));
  return (
    <div className="mail-rest">
      <span className="row" ref={row}>
        <button type="button" className="link meta" aria-expanded={open} onClick={() => { hold(); setOpen(!open); }}><Icon name={open ? "down" : "right"} />{t("extra.native")}</button>
      </span>
      {open && <pre className="earlier-mail" dir="ltr">{JSON.stringify(extra.content, null, 2)}</pre>}
    </div>
  );
}

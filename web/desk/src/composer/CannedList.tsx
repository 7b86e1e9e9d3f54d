import type { CannedReply } from "@seaway/api/types";
import { KeyCap } from "@seaway/kit/KeyCap";
import { useTranslation } from "react-i18next";

/** Quick replies that fit what was typed after "/", above the text. */
export function CannedList({ replies, choice, onChoose, preview }: { replies: CannedReply[]; choice: number; onChoose: (reply: CannedReply) => void; preview: (reply: CannedReply) => string }) {
  const { t } = useTranslation();
  return (
    <div className="menu canned" id="canned-list" role="listbox" aria-label={t("composer.quick")}>
      {replies.map((reply, at) => (
        <div key={reply.id} id={`canned-${at}`} role="option" tabIndex={-1} aria-selected={at === choice} className="mi" onPointerDown={(event) => { event.preventDefault(); onChoose(reply); }}>
          <span className="strong">{reply.title}</span><span className="cut grow t2">{preview(reply)}</span><KeyCap keys={["/", reply.shortcut]} />
        </div>
      ))}
    </div>
  );
}

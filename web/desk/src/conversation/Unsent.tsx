// A message of ours that the server has not confirmed yet: going out, waiting for the line, or refused with the reason.
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { sayProblem } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import type { Outgoing } from "../state/desk-state.ts";
import { useDesk } from "../state/desk.tsx";
import { StillCards } from "./Cards.tsx";
import { asExtras } from "../composer/shared/shared.ts";
import { stickerAt } from "../composer/stickers/stickers.ts";
import { Extras } from "./Extras.tsx";
import { Files } from "./Files.tsx";
import { Copied } from "./MailParts.tsx";
import { Quoted } from "./Quoted.tsx";
import { Said } from "./Said.tsx";

export function Unsent({ outgoing }: { outgoing: Outgoing }) {
  const { t } = useTranslation();
  const up = useDesk((state) => state.line.up);
  const commands = useCommands();
  const account = useDesk((state) => state.conversations[outgoing.conversation_id]?.channel.account_id ?? "");
  return (
    <div className="msg out">
      {outgoing.reply_to && <Quoted quote={outgoing.reply_to} />}
      {outgoing.text && <div className={`bub ${outgoing.private ? "as-note" : ""}`} dir="auto"><Said text={outgoing.text} /></div>}
      {outgoing.shared && <Extras extras={asExtras(outgoing.shared)} sticker={(extra) => stickerAt(account, extra.set, extra.id)} />}
      {outgoing.copies && <Copied extra={{ emails: outgoing.copies.cc, others: outgoing.copies.bcc }} />}
      <Files files={outgoing.attachments} />
      {outgoing.cards && outgoing.cards.length > 0 && <StillCards cards={outgoing.cards} />}
      {outgoing.choices && outgoing.choices.length > 0 && <span className="offered">{outgoing.choices.map((choice) => <span key={choice}>{choice}</span>)}</span>}
      <span className="meta">
        {outgoing.state === "failed" ? (
          <span className="st bad why-not">
            <Icon name="circle-x" />{t("state.failed")}{outgoing.problem && <span className="reason">{sayProblem(t, outgoing.problem)}</span>}
            <button type="button" className="link strong" onClick={() => commands.resend(outgoing)}>{t("state.retry")}</button>
            <button type="button" className="link" onClick={() => commands.withdraw(outgoing)}>{t("state.discard")}</button>
          </span>
        ) : <span className="st"><Icon name="clock" />{t(up ? "state.sending" : "state.waiting")}</span>}
      </span>
    </div>
  );
}

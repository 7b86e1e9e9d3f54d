// How far a message of ours has come. Where nobody knows, whoever reads it is asked: it arrived, or it is sent again.
import type { Message, MessageState } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { toast } from "@seaway/kit/toasts";
import { useTranslation } from "react-i18next";
import { sayRefusal, sayUndelivered } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { sayClock } from "../time/format.ts";

const SIGNS: Partial<Record<MessageState, "clock" | "check" | "checks">> = { queued: "clock", sending: "clock", sent: "check", delivered: "checks", read: "checks" };

export function Receipt({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  const commands = useCommands();
  const sign = SIGNS[message.state];
  if (message.state === "failed" || message.state === "uncertain") {
    const why = message.problem ? sayUndelivered(t, message.problem) : "";
    const done = (work: Promise<void>) => void work.catch((thrown: unknown) => toast(sayRefusal(t, thrown)));
    return (
      <span className={`st ${message.state === "failed" ? "bad" : "warn"} why-not`}>
        <Icon name={message.state === "failed" ? "circle-x" : "help"} />{t(`state.${message.state}`)}{why && <span className="reason">{why}</span>}
        {message.state === "uncertain" && <button type="button" className="link strong" onClick={() => done(commands.arrived(message))}>{t("state.arrived")}</button>}
        <button type="button" className="link strong" onClick={() => done(commands.retry(message))}>{t("state.retry")}</button>
      </span>
    );
  }
  const at = message.state === "read" ? message.read_at : message.state === "delivered" ? message.delivered_at : message.sent_at;
  return <span className={`st ${message.state === "read" ? "read" : ""}`} title={at ? sayClock(at, i18n.language) : undefined}>{sign && <Icon name={sign} />}{t(`state.${message.state}`)}</span>;
}

// Middle pane: whom I talk with, what can be done, the talk, and where one writes.
import type { Conversation } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Badge } from "@seaway/kit/Badge";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { Menu } from "@seaway/kit/Menu";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sayName } from "../contact/name.ts";
import type { Action } from "../actions/action.ts";
import { capsOf } from "../actions/keys.ts";
import { assign, complete, requeue, transfer } from "../actions/task.ts";
import { useHand } from "../actions/use-actions.ts";
import { Composer } from "../composer/Composer.tsx";
import { Offers } from "../offer/Offers.tsx";
import { changeUi, useUi } from "../shell/ui.ts";
import { useDesk, useDeskState } from "../state/desk.tsx";
import { isMine } from "../state/select.ts";
import { sayClock, sayWhen } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { WrapUp } from "../wrap/WrapUp.tsx";
import { Log } from "./Log.tsx";
import "./conversation.css";

export function ConversationPane({ conversation, narrow }: { conversation: Conversation; narrow: boolean }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const mine = isMine(state, conversation);
  return (
    <section className="pane conv" aria-label={t("log.with", { name: sayName(t, conversation.contact.name) })} data-pane>
      <Head conversation={conversation} narrow={narrow} />
      {narrow && <Offers />}
      <Log key={conversation.id} conversation={conversation} mine={mine} />
      <div className="dock">
        {conversation.task?.status === "wrapping" && mine && <WrapUp key={conversation.task.id} conversation={conversation} task={conversation.task} />}
        {mine ? <Composer key={conversation.id} conversation={conversation} /> : <ReadOnly conversation={conversation} />}
      </div>
    </section>
  );
}

function Head({ conversation, narrow }: { conversation: Conversation; narrow: boolean }) {
  const { t } = useTranslation();
  const contextOpen = useUi((ui) => ui.contextOpen);
  const hand = useHand();
  const { contact, subject, task } = conversation;
  const name = sayName(t, contact.name || contact.address);
  const more = [assign, requeue].filter((action) => action.when(hand));
  return (
    <header className="head">
      {narrow && <Link className="ib s" to="/desk" aria-label={t("word.back")}><Icon name="left" /></Link>}
      <Avatar name={name} size={24} />
      <div className="whom grow">
        <span className="row">
          <h2 className="cut" title={name}>{name}</h2>
          <ChannelMark kind={conversation.channel.kind} />
          {contact.vip && <Badge tone="acc">VIP</Badge>}
          {task?.queue && <span className="wide"><Badge>{task.queue.name}</Badge></span>}
        </span>
        {subject && <p className="meta cut subject" dir="auto" title={subject}>{/* A direction of its own: it says nothing about that of the subject. */}<span className="sr" dir="ltr">{t("log.subject")}: </span>{subject}</p>}
      </div>
      <OfflinePill />
      {conversation.customer_present === false && <span className="sla wide">{t("log.away")}</span>}
      <Act action={transfer} variant="ghost" />
      {task?.status !== "wrapping" && <Act action={complete} variant="plain" keepWord />}
      {more.length > 0 && <Menu label={t("word.more")} trigger={<IconButton size="s" icon="more" label={t("word.more")} />} entries={more.map((action) => ({ id: action.id, label: t(action.title), icon: action.icon, keys: action.keys ? capsOf(action.keys) : undefined, onAction: () => void action.run(hand) }))} />}
      <IconButton size="s" icon="panel" label={t("action.context")} keys={["I"]} aria-expanded={contextOpen} onPress={() => changeUi({ contextOpen: !contextOpen })} />
    </header>
  );
}

/** A button made from an action; absent when the action is not to be had. */
function Act({ action, variant, keepWord }: { action: Action; variant: "ghost" | "plain"; keepWord?: boolean }) {
  const { t } = useTranslation();
  const hand = useHand();
  if (!action.when(hand)) return null;
  const title = t(action.title);
  return <Button size="s" variant={variant} icon={action.icon} keys={action.keys ? capsOf(action.keys) : undefined} onPress={() => void action.run(hand)}><span className="sr">{title}</span><span aria-hidden="true" className={keepWord ? "word" : "wide word"}>{title}</span></Button>;
}

/** Grey, with the time; short gaps while the line is taken up again are not worth a word. */
export function OfflinePill() {
  const { t, i18n } = useTranslation();
  const line = useDesk((state) => state.line);
  const now = useNow(1_000);
  const skew = useDesk((state) => state.skew_ms);
  if (line.up || now - skew - line.since < 1_500) return null;
  return <span className="pill offline" role="status"><Icon name="wifi-off" />{t("line.offline", { at: sayClock(line.since, i18n.language) })}</span>;
}

function ReadOnly({ conversation }: { conversation: Conversation }) {
  const { t, i18n } = useTranslation();
  const now = useNow(60_000);
  const words = conversation.state === "closed" ? t("log.closedAt", { at: sayWhen(conversation.closed_at ?? conversation.created_at, now, i18n.language) })
    : conversation.worker ? t("log.heldBy", { name: conversation.worker.name })
    : t(`log.holder_${conversation.holder}`);
  return <p className="readonly"><Icon name={conversation.state === "closed" ? "check" : "eye"} size={14} />{words}</p>;
}

// Draws the blocks of a log.
import type { Conversation, Message } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Icon } from "@seaway/kit/Icon";
import { useState } from "react";
import i18next, { type TFunction } from "i18next";
import { Button as Pressable, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";
import { useDesk } from "../state/desk.tsx";
import { sayClock, sayDay, saySpan, sayWhen, type TimeWords } from "../time/format.ts";
import { useNow, useTimeWords } from "../time/use-now.ts";
import { writtenEarlier, type Block, type Taken } from "./blocks.ts";
import { channelName } from "./channel-name.ts";
import { stickerOf } from "../composer/stickers/stickers.ts";
import { Cards } from "./Cards.tsx";
import { Extras } from "./Extras.tsx";
import { Files } from "./Files.tsx";
import { MailHead, MailRest, mailOf } from "./MailParts.tsx";
import { MessageActions, useReact } from "./MessageActions.tsx";
import { Quoted } from "./Quoted.tsx";
import { Reactions } from "./Reactions.tsx";
import { Receipt } from "./Receipt.tsx";
import { EditWords, Gone, Revising } from "./Revising.tsx";
import { Said } from "./Said.tsx";

const DAY_S = 86_400;

export function Blocks({ blocks, conversation }: { blocks: Block[]; conversation: Conversation }) {
  return <>{blocks.map((block) => <OneBlock key={block.key} block={block} conversation={conversation} />)}</>;
}

function OneBlock({ block, conversation }: { block: Block; conversation: Conversation }) {
  switch (block.kind) {
    case "day":
      return <Day at={block.at} />;
    case "notice":
      return <Notice message={block.message} />;
    case "note":
      return <Note message={block.message} />;
    case "fold":
      return <Fold block={block} conversation={conversation} />;
    case "group":
      return <Group block={block} conversation={conversation} />;
  }
}

function Day({ at }: { at: string }) {
  const { t, i18n } = useTranslation();
  const now = useNow(60_000);
  return <div className="day">{sayDay(at, now, i18n.language, t("time.today"), t("time.yesterday"))}</div>;
}

function Notice({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  const params: Record<string, string> = { ...message.notice?.params };
  if (params["channel"]) params["channel"] = channelName(params["channel"]);
  const touched = message.notice?.kind === "touched" && i18next.exists(`notice.touched_${params["what"]}`);
  const key = touched ? `notice.touched_${params["what"]}` : `notice.${message.notice?.kind ?? ""}`;
  const words = message.notice && i18next.exists(key) ? t(key, { ...params, defaultValue: message.text }) : message.text;
  const note = message.notice?.params["note"];
  return (
    <>
      <p className="ev">{words} <time className="num">{sayClock(message.created_at, i18n.language)}</time></p>
      {note && <TeamNote name={message.notice?.params["name"] ?? ""} at={message.created_at} text={note} />}
    </>
  );
}

function Note({ message }: { message: Message }) {
  return <TeamNote name={message.author.name} at={message.created_at} text={message.text} files={message.attachments} />;
}

/** What only the team sees: a note of its own, or one that travels with a transfer. */
function TeamNote({ name, at, text, files = [] }: { name: string; at: string; text: string; files?: Message["attachments"] }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="pnote" role="note" aria-label={t("log.noteBy", { name })}>
      <Avatar name={name} size={20} />
      <div className="by"><b className="cut">{name}</b><Icon name="lock" /><span className="cut">{t("log.private")}</span><span className="grow" /><time>{sayClock(at, i18n.language)}</time></div>
      <p dir="auto"><Said text={text} /></p>
      {files.length > 0 && <div className="files"><Files files={files} /></div>}
    </div>
  );
}

function Fold({ block, conversation }: { block: Extract<Block, { kind: "fold" }>; conversation: Conversation }) {
  const { t, i18n } = useTranslation();
  const words = useTimeWords();
  const [open, setOpen] = useState(false);
  const me = useDesk((state) => state.worker?.id);
  return (
    <>
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="bot" />
        <span className="cut">{t("log.botAnswered", { name: block.bot, count: block.answers })}{block.taken ? `, ${sayTaken(t, block.taken, me, words)}` : ""}</span>
        <span className="grow" />
        <span className="t3 num meta">{sayClock(block.from, i18n.language)}–{sayClock(block.until, i18n.language)}</span>
        <Icon name={open ? "down" : "right"} />
      </button>
      {open && <div className="folded"><Blocks blocks={block.blocks} conversation={conversation} /></div>}
    </>
  );
}

/** "then you took over after 12 s", or after "26 min"; not said are less than a second, more than a day, and what somebody else took. */
function sayTaken(t: TFunction, { worker, name, after_s }: Taken, me: string | undefined, words: TimeWords): string {
  if (worker !== me) return t("log.theyTookOver", { name });
  return after_s > 0 && after_s < DAY_S ? t("log.youTookOverAfter", { time: saySpan(after_s * 1000, words) }) : t("log.youTookOver");
}

function Group({ block, conversation }: { block: Extract<Block, { kind: "group" }>; conversation: Conversation }) {
  return (
    <>
      {block.messages.map((message, at) => (
        <Bubble key={message.id} message={message} first={at === 0} last={at === block.messages.length - 1} conversation={conversation} />
      ))}
    </>
  );
}

function Bubble({ message, first, last, conversation }: { message: Message; first: boolean; last: boolean; conversation: Conversation }) {
  const { t, i18n } = useTranslation();
  const me = useDesk((state) => state.worker?.id);
  const inward = message.direction === "in";
  const mine = useDesk((state) => state.worker !== null && conversation.worker?.id === state.worker.id);
  const react = useReact(message);
  const [editing, setEditing] = useState(false);
  const may = mine && conversation.state === "open";
  const speaker = message.author.kind === "elsewhere" ? (message.author.name || t("log.elsewhere")) : message.author.kind === "bot" ? message.author.name : message.author.kind === "worker" && message.author.id !== me ? message.author.name : null;
  const customer = sayName(t, message.author.name || conversation.contact.name);
  const mail = mailOf(message);
  const late = writtenEarlier(message);
  // The answer to what was offered last: the next word of the customer's.
  const picked = useDesk((state) => message.choices.length === 0 ? null : state.logs[conversation.id]?.items.find((later) => later.seq > message.seq && later.direction === "in")?.choice ?? null);
  const others = inward && customer !== sayName(t, conversation.contact.name);
  return (
    <div id={`m-${message.id}`} className={`msg ${inward ? "in" : "out"} ${first ? "" : "same"}`} {...(inward ? { "data-seq": message.seq } : {})}>
      {inward && <span className="side">{last && <Avatar name={customer} size={24} />}</span>}
      {first && others && <span className="meta from">{customer}</span>}
      {message.reply_to && <Quoted quote={message.reply_to} />}
      {mail && <MailHead mail={mail} />}
      {message.unsent_at && <Gone message={message} customer={customer} />}
      {editing && !message.unsent_at && <EditWords message={message} onClose={() => setEditing(false)} />}
      {message.text && !editing && <div className="bub" dir="auto">{/* A direction of its own: who speaks says nothing about that of the words. */}<span className="sr" dir="ltr">{t("log.says", { name: inward ? customer : (speaker ?? t("word.you")) })}</span><Said text={message.text} /></div>}
      {message.choice !== null && <span className="meta chosen" dir="auto"><Icon name="check" size={12} label={t("log.chose")} />{message.choice === message.text ? <span aria-hidden="true">{t("log.chose")}</span> : message.choice}</span>}
      {mail && <MailRest mail={mail} message={message} />}
      <Extras extras={message.extras} sticker={() => stickerOf(message.id)} />
      <Files files={message.attachments} />
      {message.cards.length > 0 && <Cards cards={message.cards} messageId={message.id} />}
      {message.choices.length > 0 && <span className="offered">{message.choices.map((choice) => <span key={choice} className={choice === picked ? "picked" : ""}>{choice === picked && <Icon name="check" size={12} label={t("log.picked")} />}{choice}</span>)}</span>}
      <Reactions message={message} react={may && conversation.composer.reacts ? react : null} />
      {may && !editing && <MessageActions message={message} conversation={conversation} onEdit={() => setEditing(true)} />}
      {(last || late || message.earlier.length > 0 || message.revision) && (
        <span className="meta">
          {!inward && speaker && <span className="cut">{speaker}</span>}
          {message.template && <span className="cut">{t("log.template", { name: message.template })}</span>}
          {message.earlier.length > 0 && <Edited message={message} />}
          <time>{sayClock(message.created_at, i18n.language)}</time>
          {late && <span className="late" title={t("log.lateWhy")}>{t("log.late", { at: sayWhen(late, Date.parse(message.created_at), i18n.language) })}</span>}
          {!inward && !message.unsent_at && <Receipt message={message} />}
          {!message.unsent_at && <Revising message={message} />}
        </span>
      )}
    </div>
  );
}

/** What it said before, behind the word. */
function Edited({ message }: { message: Message }) {
  const { t, i18n } = useTranslation();
  return (
    <DialogTrigger>
      <Pressable className="link meta">{t("log.edited")}</Pressable>
      <Popover className="popover menu" placement="top" offset={4}>
        <Dialog className="earlier" aria-label={t("log.earlierWords")}>
          {message.earlier.map((one) => <p key={one.until} dir="auto"><time className="meta num">{t("log.until", { at: sayClock(one.until, i18n.language) })}</time>{one.text}</p>)}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

export function Typing({ name }: { name: string }) {
  const { t } = useTranslation();
  return (
    <div className="msg in" style={{ marginTop: 4 }}>
      <span className="side"><Avatar name={name} size={24} /></span>
      <div className="bub typing" role="img" aria-label={t("log.isTyping", { name })}><i /><i /><i /></div>
    </div>
  );
}

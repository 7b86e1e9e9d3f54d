// Where one writes: reply or note, channel, text, files, quick replies, send. Whatever happens around it, the text stays.
import type { Attachment, Conversation, Template } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { KeyCap } from "@seaway/kit/KeyCap";
import { Menu } from "@seaway/kit/Menu";
import { toast } from "@seaway/kit/toasts";
import { useRef, useState, type ComponentType, type ClipboardEvent, type DragEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { comesBackByText } from "../contact/consent-words.ts";
import { isNameless, sayName } from "../contact/name.ts";
import { sayChannel } from "../conversation/channel-name.ts";
import { Quoted } from "../conversation/Quoted.tsx";
import { useMe } from "../session/session.tsx";
import { changeUi, ui, useUi } from "../shell/ui.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk } from "../state/desk.tsx";
import { CardChip } from "./CardChip.tsx";
import { aCard, asCards, isBlank, wrongInCards, type CardDraft } from "./cards.ts";
import { Choices } from "./Choices.tsx";
import { asChoices, wrongInChoices } from "./choices.ts";
import { ChannelOptions } from "./ChannelOptions.tsx";
import { addressesIn, wrongIn } from "./copies.ts";
import { Copies } from "./Copies.tsx";
import { CannedList } from "./CannedList.tsx";
import { fitting, slashWord, wordsOf } from "./canned.ts";
import { useDraft, useDraftOwner, writeDraft } from "./drafts.ts";
import { FileChips } from "./FileChips.tsx";
import { roomOf } from "./limit.ts";
import { ReplyTime, useReplyTime, useTagged } from "./ReplyWindow.tsx";
import { PersonForm, PlaceForm } from "./shared/SharedForms.tsx";
import { SharedChips } from "./shared/SharedChips.tsx";
import { asShared } from "./shared/shared.ts";
import { Stickers } from "./stickers/Stickers.tsx";
import type { Sticker } from "./stickers/stickers.ts";
import { Templates } from "./Templates.tsx";
import { acceptOf } from "./upload.ts";
import { useTypingSignal } from "./use-typing-signal.ts";
import { useUploads } from "./use-uploads.ts";
import type { CardEditorProps } from "./card-editor/CardEditor.tsx";
import "./composer.css";
import "./stickers/stickers.css";

export function Composer({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const me = useMe();
  const owner = useDraftOwner();
  const draft = useDraft(conversation.id);
  const commands = useCommands();
  const up = useDesk((state) => state.line.up);
  const replies = useDesk((state) => state.cannedReplies);
  const mode = useUi((state) => state.mode[conversation.id]) ?? (conversation.opted_out ? "note" : "reply");
  const isNote = mode === "note";
  const text = isNote ? draft.note : draft.reply;
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [cursor, setCursor] = useState(text.length);
  const [choice, setChoice] = useState(0);
  const [closedSlash, setClosedSlash] = useState<number | null>(null);
  const [over, setOver] = useState(false);
  const [moving, setMoving] = useState(false);
  const uploads = useUploads(conversation, draft.attachments, (attachments) => writeDraft(owner, conversation.id, { attachments }));
  const typing = useTypingSignal(conversation.id, conversation.composer.typing);

  const channel = conversation.channel;
  const left = useReplyTime(conversation);
  const tagged = useTagged(conversation);
  const closed = !isNote && !conversation.opted_out && left !== null && left <= 0;
  const blocked = !isNote && (conversation.opted_out || closed);
  const quoting = useUi((state) => state.quoting[conversation.id]) ?? null;
  const quote = quoting && !isNote ? { message_id: quoting.id, text: quoting.text || (quoting.attachments[0]?.name ?? quoting.extras[0]?.name ?? ""), name: quoting.author.name } : null;
  const messages = useDesk((state) => state.logs[conversation.id]?.items);
  const letter = !isNote && !blocked && conversation.composer.letters;
  const copies = letter && draft.copies ? { cc: addressesIn(draft.copies.cc), bcc: addressesIn(draft.copies.bcc) } : null;
  const copiesWrong = letter && draft.copies !== null && wrongIn(draft.copies.cc, draft.copies.bcc) !== null;
  const [choosing, setChoosing] = useState(false);
  const room = roomOf(text, conversation.composer);
  const slash = slashWord(text, cursor);
  const offered = slash && closedSlash !== slash.from ? fitting(replies, slash.word) : [];
  const cards = isNote ? [] : draft.cards.filter((card) => !isBlank(card));
  const offers = isNote || cards.length > 0 ? null : draft.choices;
  const choices = asChoices(offers);
  const shared = isNote ? {} : asShared(draft.place, draft.person);
  const brings = shared.location !== undefined || shared.contact !== undefined;
  const [writing, setWriting] = useState<"place" | "person" | null>(null);
  const [Editor, setEditor] = useState<ComponentType<CardEditorProps> | null>(null);
  const free = !blocked && uploads.running.length === 0 && (isNote || !room.over) && !copiesWrong;
  const sendable = free && (text.trim() !== "" || draft.attachments.length > 0 || cards.length > 0 || brings) && wrongInCards(cards).length === 0 && wrongInChoices(offers) === null && (choices.length === 0 || text.trim() !== "");

  function setText(next: string): void {
    uploads.dismissAll();
    writeDraft(owner, conversation.id, isNote ? { note: next } : { reply: next });
    if (!isNote) typing(next !== "");
  }
  function setMode(next: "reply" | "note"): void {
    changeUi({ mode: { ...ui.get().mode, [conversation.id]: next } });
    area.current?.focus();
  }
  function send(): void {
    if (!sendable) return;
    uploads.dismissAll();
    commands.write(conversation.id, { text: text.trim(), private: isNote, attachments: draft.attachments, thread_id: null, reply_to: quote, ...(copies && { copies }), ...(cards.length > 0 && { cards: asCards(cards) }), ...(choices.length > 0 && { choices }), ...(brings && { shared }) });
    if (quote) dropQuote();
    writeDraft(owner, conversation.id, { ...(isNote ? { note: "" } : { reply: "", copies: null, cards: [], choices: null, place: null, person: null }), attachments: [] });
    typing(false);
    if (isNote) setMode("reply");
    area.current?.focus();
  }
  function setCards(next: CardDraft[]): void {
    writeDraft(owner, conversation.id, { cards: next });
  }
  function offer(): void {
    writeDraft(owner, conversation.id, { choices: draft.choices ?? [""] });
    requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".answers-out input")?.focus());
  }
  async function editCards(): Promise<void> {
    try {
      const { CardEditor } = await import("./card-editor/CardEditor.tsx");
      if (draft.cards.length === 0) setCards([aCard()]);
      setEditor(() => CardEditor);
    } catch {
      toast(t("card.notLoaded"));
    }
  }
  function dropQuote(): void {
    changeUi({ quoting: { ...ui.get().quoting, [conversation.id]: null } });
  }
  function sendTemplate(template: Template, values: string[], words: string): void {
    setChoosing(false);
    commands.write(conversation.id, { text: words, private: false, attachments: [], thread_id: null, template: { name: template.name, language: template.language, values } });
  }
  /** By itself: what is being written stays. */
  function sendSticker(sticker: Sticker): void {
    commands.write(conversation.id, { text: "", private: false, attachments: [], thread_id: null, reply_to: quote, shared: { sticker } });
    if (quote) dropQuote();
    area.current?.focus();
  }
  function removeFile(file: Attachment): void {
    uploads.dismissAll();
    writeDraft(owner, conversation.id, { attachments: draft.attachments.filter((one) => one.id !== file.id) });
  }
  function insert(replyText: string): void {
    const from = slash?.from ?? cursor;
    const next = `${text.slice(0, from)}${replyText}${text.slice(cursor)}`;
    setText(next);
    setChoice(0);
    const at = from + replyText.length;
    setCursor(at);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(at, at);
    });
  }
  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // While an input method composes, Enter belongs to it.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (offered.length > 0) {
      const chosen = offered[Math.min(choice, offered.length - 1)];
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        return setChoice((choice + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length);
      }
      if (chosen && (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey))) {
        event.preventDefault();
        return insert(wordsOf(chosen, conversation, me.user.language, me.user.name));
      }
      if (event.key === "Escape") {
        event.preventDefault();
        return setClosedSlash(slash?.from ?? null);
      }
    }
    const held = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && (held || (me.preferences.send_with_enter === true && !event.shiftKey && !event.altKey))) {
      event.preventDefault();
      return send();
    }
    if (event.key === "Escape") area.current?.blur();
  }
  function onPaste(event: ClipboardEvent): void {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    uploads.add([...event.clipboardData.files]);
  }
  function onDrop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    uploads.add([...event.dataTransfer.files]);
  }

  const label = isNote ? t("composer.noteLabel") : t("composer.replyLabel", { channel: sayChannel(channel) });
  return (
    <>
      <Chips replies={replies} hidden={isNote || blocked} onPick={(reply) => insert(wordsOf(reply, conversation, me.user.language, me.user.name))} />
      <div className={`composer ${isNote ? "as-note" : ""} ${over ? "over" : ""}`} role="group" aria-label={label} data-pane
        onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={onDrop}>
        <div className="c-top">
          <span className="seg" role="group" aria-label={t("composer.side")}>
            <button type="button" aria-pressed={!isNote} onClick={() => setMode("reply")}>{t("composer.reply")}</button>
            <button type="button" aria-pressed={isNote} onClick={() => setMode("note")}>{t("composer.note")}<span className="wide"><KeyCap keys={["N"]} /></span></button>
          </span>
          {isNote ? <span className="row small t2"><Icon name="lock" size={14} />{t("log.private")}</span> : <ChannelPick conversation={conversation} onPress={() => setMoving(true)} />}
        </div>
        {quote && !blocked && <div className="quoting"><Quoted quote={quote} /><IconButton size="s" icon="x" label={t("composer.dropQuote")} onPress={dropQuote} /></div>}
        {letter && <Copies messages={messages ?? []} typed={draft.copies} onType={(typed) => writeDraft(owner, conversation.id, { copies: typed })} />}
        {blocked ? (
          <div className="blocked">
            <p>{closed ? t(conversation.composer.templates ? "composer.windowTemplate" : "composer.windowClosed") : t(comesBackByText(channel.kind) ? "composer.optedOutStart" : "composer.optedOut")}</p>
            <div className="row">
              {closed && conversation.composer.templates && !conversation.opted_out && <Button size="s" icon="template" onPress={() => setChoosing(true)}>{t("template.title")}</Button>}
              <Button size="s" icon="forward" onPress={() => setMoving(true)}>{t("onward.title")}</Button>
            </div>
          </div>
        ) : (
          <div className="text-box">
            {offered.length > 0 && <CannedList replies={offered} choice={Math.min(choice, offered.length - 1)} onChoose={(reply) => insert(wordsOf(reply, conversation, me.user.language, me.user.name))} preview={(reply) => wordsOf(reply, conversation, me.user.language, me.user.name)} />}
            <textarea id="composer-text" data-pane-start ref={area} rows={1} value={text} dir="auto" aria-label={label} placeholder={isNote ? t("composer.noteHint") : t("composer.replyHint", { name: sayName(t, conversation.contact.name) })}
              aria-autocomplete="list" aria-expanded={offered.length > 0} role="combobox" aria-controls="canned-list" aria-activedescendant={offered.length > 0 ? `canned-${Math.min(choice, offered.length - 1)}` : undefined}
              onChange={(event) => { setText(event.target.value); setCursor(event.target.selectionStart); setChoice(0); setClosedSlash(null); }}
              onSelect={(event) => setCursor(event.currentTarget.selectionStart)} onKeyDown={onKeyDown} onPaste={onPaste} onBlur={() => typing(false)} />
          </div>
        )}
        {!blocked && offers && <Choices conversation={conversation} typed={offers} without={text.trim() === ""} onType={(typed) => writeDraft(owner, conversation.id, { choices: typed })} onDone={() => area.current?.focus()} onSend={send} />}
        {!blocked && <CardChip cards={cards} onEdit={() => void editCards()} onRemove={() => setCards([])} />}
        {!blocked && !isNote && <SharedChips place={draft.place} person={draft.person} onEdit={setWriting} onRemove={(what) => writeDraft(owner, conversation.id, { [what]: null })} />}
        <FileChips files={draft.attachments} running={uploads.running} refused={uploads.refused} onRemove={removeFile} onCancel={uploads.cancel} onDismiss={uploads.dismiss} />
        <div className="c-bot">
          <input ref={picker} type="file" multiple hidden accept={acceptOf(conversation.composer.attachment_types)} aria-hidden="true" tabIndex={-1} onChange={(event) => { uploads.add([...(event.target.files ?? [])]); event.target.value = ""; }} />
          <IconButton size="s" icon="clip" label={t("composer.attach")} isDisabled={blocked} onPress={() => picker.current?.click()} />
          <IconButton size="s" icon="bolt" label={t("action.quick")} keys={["/"]} isDisabled={blocked || replies.length === 0} onPress={() => insert(text === "" || /\s$/.test(text.slice(0, cursor)) ? "/" : " /")} />
          {!isNote && <IconButton size="s" icon="cards" label={t("card.dialog")} isDisabled={blocked} onPress={() => void editCards()} />}
          {!isNote && (
            <Menu label={t("shared.more")} placement="top start" trigger={<IconButton size="s" icon="plus" label={t("shared.more")} isDisabled={blocked} />}
              entries={[{ id: "place", label: t("shared.place"), icon: "globe", onAction: () => setWriting("place") }, { id: "person", label: t("shared.person"), icon: "user", onAction: () => setWriting("person") }]} />
          )}
          {!isNote && conversation.composer.stickers && <Stickers account={channel.account_id} isDisabled={blocked} onSend={sendSticker} />}
          {!isNote && <IconButton size="s" icon="circle-check" label={t("choice.title")} isDisabled={blocked || cards.length > 0} onPress={offer} />}
          {!isNote && !closed && conversation.composer.templates && <IconButton size="s" icon="template" label={t("template.title")} isDisabled={conversation.opted_out} onPress={() => setChoosing(true)} />}
          {!isNote && !conversation.opted_out && <ReplyTime left={left} tagged={tagged} />}
          {!up ? <span className="meta cut">{t("composer.kept")}</span> : text !== "" && <span className="meta wide">{t("composer.saved")}</span>}
          <span className="grow" />
          {!isNote && (room.near || room.over) && <span className={`meta num room ${room.over ? "bad" : ""}`}>{room.messages > 1 && !room.over ? t("composer.messages", { count: room.messages }) : room.segments === null ? t("composer.chars", { used: room.used, limit: room.limit }) : t("composer.segments", { used: [...text].length, count: room.segments })}</span>}
          <Button size="s" variant={isNote ? "plain" : "primary"} isDisabled={!sendable} keys={me.preferences.send_with_enter ? ["Enter"] : ["Ctrl", "Enter"]} onPress={send}>{t(isNote ? "composer.addNote" : up ? "composer.send" : "composer.sendLater")}</Button>
        </div>
      </div>
      {moving && <ChannelOptions conversation={conversation} onClose={() => setMoving(false)} />}
      {Editor && !blocked && draft.cards.length > 0 && <Editor conversation={conversation} cards={draft.cards} text={text} files={draft.attachments.map((file) => file.id)} onChange={setCards} onClose={() => setEditor(null)} onSend={free ? () => { setEditor(null); send(); } : null} />}
      {writing === "place" && <PlaceForm draft={draft.place} onClose={() => setWriting(null)} onKeep={(place) => { writeDraft(owner, conversation.id, { place }); setWriting(null); }} />}
      {writing === "person" && <PersonForm draft={draft.person} onClose={() => setWriting(null)} onKeep={(person) => { writeDraft(owner, conversation.id, { person }); setWriting(null); }} />}
      {choosing && <Templates conversation={conversation} onClose={() => setChoosing(false)} onSend={sendTemplate} />}
    </>
  );
}

function Chips({ replies, hidden, onPick }: { replies: { id: string; shortcut: string; title: string; texts: Record<string, string>; version: number }[]; hidden: boolean; onPick: (reply: { id: string; shortcut: string; title: string; texts: Record<string, string>; version: number }) => void }) {
  const { t } = useTranslation();
  if (hidden || replies.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label={t("composer.quick")}>
      {replies.slice(0, 3).map((reply) => <button key={reply.id} type="button" className="chip" onClick={() => onPick(reply)}>{reply.title}<KeyCap keys={["/", reply.shortcut]} /></button>)}
    </div>
  );
}

function ChannelPick({ conversation, onPress }: { conversation: Conversation; onPress: () => void }) {
  const { t } = useTranslation();
  const { channel, contact } = conversation;
  const called = sayChannel(channel);
  const through = isNameless(contact.address) ? channel.name : contact.address;
  return (
    <Button variant="ghost" size="s" className="pick" aria-label={t("composer.channelNow", { channel: through === called ? called : `${called} ${through}` })} onPress={onPress}>
      <ChannelMark kind={channel.kind} name="" /><span className="cut">{called}{through !== called && <span className="t3 num wide"> {through}</span>}</span><Icon name="down" size={14} />
    </Button>
  );
}

// Ctrl K: one line to type into, everything one can do or find below it.
import { Avatar } from "@seaway/kit/Avatar";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Icon } from "@seaway/kit/Icon";
import { KeyCap } from "@seaway/kit/KeyCap";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";
import { capsOf } from "../actions/keys.ts";
import { useConversationInSight } from "../actions/use-actions.ts";
import { changeUi, ui } from "../shell/ui.ts";
import { highlight } from "./match.ts";
import { useLines, type Line } from "./use-lines.ts";
import "./palette.css";

const PER_GROUP = 6;

export function Palette() {
  const { t } = useTranslation();
  const close = () => changeUi({ overlay: null });
  return (
    <ModalOverlay className="scrim palette-scrim" isOpen onOpenChange={(open) => !open && close()} isDismissable>
      <Modal style={{ display: "contents" }}>
        <Dialog className="palette" aria-label={t("action.palette")}><Inside close={close} /></Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Inside({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(ui.get().paletteText);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const base = useId();
  const conversation = useConversationInSight();
  const { groups, searching } = useLines(text);
  const shown = groups.map((group) => ({ ...group, lines: group.lines.slice(0, PER_GROUP) }));
  const lines = shown.flatMap((group) => group.lines);
  const chosen = Math.min(at, lines.length - 1);

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  function run(line: Line | undefined, stay: boolean): void {
    if (!line) return;
    if (!stay) close();
    // After closing, so that an overlay the action opens is not the one being closed.
    requestAnimationFrame(line.run);
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && lines.length > 0) {
      event.preventDefault();
      setAt((chosen + step + lines.length) % lines.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(lines[chosen], event.ctrlKey || event.metaKey);
    }
  }
  let index = -1;
  return (
    <>
      <div className="p-top">
        <Icon name="search" size={20} className="t3" />
        {conversation && <span className="p-task"><ChannelMark kind={conversation.channel.kind} name="" /><span className="cut">{sayName(t, conversation.contact.name)}</span></span>}
        <input autoFocus role="combobox" aria-expanded="true" aria-controls={`${base}-list`} aria-activedescendant={lines[chosen] ? `${base}-${chosen}` : undefined} aria-label={t("palette.hint")} placeholder={t("palette.hint")} value={text} onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={onKeyDown} />
        <KeyCap keys={["Esc"]} />
      </div>
      <div className="p-list" id={`${base}-list`} role="listbox" aria-label={t("action.palette")} ref={list}>
        {shown.map((group) => (
          <div key={group.id} role="group" aria-label={group.title}>
            <p className="mh" aria-hidden="true">{group.title}</p>
            {group.lines.map((line) => {
              index += 1;
              const mine = index;
              return <OneLine key={line.id} id={`${base}-${mine}`} line={line} sought={text} chosen={mine === chosen} onHover={() => setAt(mine)} onRun={() => run(line, false)} />;
            })}
          </div>
        ))}
        {lines.length === 0 && <p className="p-none t2">{searching ? t("word.loading") : t("palette.nothing", { text })}</p>}
      </div>
      <div className="p-foot">
        <span className="row"><KeyCap keys={["↑", "↓"]} />{t("palette.choose")}</span><span className="row"><KeyCap keys={["Enter"]} />{t("palette.run")}</span><span className="row wide"><KeyCap keys={["Ctrl", "Enter"]} />{t("palette.stay")}</span><span className="grow" /><span className="row"><KeyCap keys={["?"]} />{t("palette.keys")}</span>
      </div>
    </>
  );
}

function OneLine({ id, line, sought, chosen, onHover, onRun }: { id: string; line: Line; sought: string; chosen: boolean; onHover: () => void; onRun: () => void }) {
  return (
    <div id={id} role="option" tabIndex={-1} aria-selected={chosen} className="p-line" onPointerMove={chosen ? undefined : onHover} onPointerDown={(event) => event.preventDefault()} onClick={onRun} onKeyDown={() => undefined}>
      {line.person === undefined ? line.icon && <Icon name={line.icon} /> : <Avatar name={line.person || line.text} size={24} />}
      <span className="cut said"><Marked text={line.text} sought={sought} /></span>
      {line.more && <span className="meta cut more">“<Marked text={line.more} sought={sought} />”</span>}
      <span className="grow" />
      {line.end && <span className="meta cut end">{line.end}</span>}
      {line.channel && <ChannelMark kind={line.channel} />}
      {line.keys && <KeyCap keys={capsOf(line.keys)} />}
    </div>
  );
}

function Marked({ text, sought }: { text: string; sought: string }) {
  return <>{highlight(text, sought).map((part, at) => (part.hit ? <b key={`${at}-${part.text}`} className="link">{part.text}</b> : part.text))}</>;
}

// One's own message after it was said: other words for it, taking it back, and what became of that.
import type { Message } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { toast } from "@seaway/kit/toasts";
import { useState, type KeyboardEvent } from "react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { sayRefusal, sayUndelivered } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk } from "../state/desk.tsx";
import { sayClock } from "../time/format.ts";

/** The words of a message as a field; it closes when the server has taken them. */
export function EditWords({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const commands = useCommands();
  const [text, setText] = useState(message.revision?.text ?? message.text);
  const [busy, setBusy] = useState(false);
  const ready = text.trim() !== "" && !busy;
  async function save(): Promise<void> {
    if (!ready) return;
    if (text.trim() === message.text && !message.revision) return onClose();
    setBusy(true);
    try {
      await commands.edit(message, text.trim());
      onClose();
    } catch (thrown) {
      toast(sayRefusal(t, thrown));
      setBusy(false);
    }
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  return (
    <div className="edit-words" role="group" aria-label={t("log.editing")}>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- whoever asked to edit wants to write. */}
      <textarea autoFocus value={text} dir="auto" aria-label={t("log.editing")} onChange={(event) => setText(event.target.value)} onFocus={(event) => event.target.setSelectionRange(text.length, text.length)} onKeyDown={onKeyDown} />
      <div className="row">
        <Button size="s" onPress={onClose}>{t("word.cancel")}</Button>
        <Button size="s" variant="primary" isDisabled={!ready} keys={["Ctrl", "Enter"]} onPress={() => void save()}>{t("log.saveEdit")}</Button>
      </div>
    </div>
  );
}

/** Asks once more: what was taken back does not come again. */
export function TakeBack({ message }: { message: Message }) {
  const { t } = useTranslation();
  const commands = useCommands();
  const done = () => void commands.takeBack(message).catch((thrown: unknown) => toast(sayRefusal(t, thrown)));
  return (
    <DialogTrigger>
      <IconButton size="s" icon="trash" label={t("log.takeBack")} />
      <Popover className="popover menu" placement="top" offset={4}>
        <Dialog className="take-back" aria-label={t("log.takeBack")}>
          {({ close }) => (
            <>
              <p>{t("log.takeBackWhy")}</p>
              <div className="row"><Button size="s" onPress={close}>{t("word.cancel")}</Button><Button size="s" variant="danger" onPress={() => { close(); done(); }}>{t("log.takeBack")}</Button></div>
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

/** In place of what was taken back: who did it, and when. */
export function Gone({ message, customer }: { message: Message; customer: string }) {
  const { t, i18n } = useTranslation();
  const me = useDesk((state) => state.worker?.name);
  const at = sayClock(message.unsent_at ?? "", i18n.language);
  const ours = message.direction === "out";
  const words = !ours ? t("log.unsent", { name: customer }) : message.unsent_by === me ? t("log.youTookBack", { at }) : t("log.tookBack", { name: message.unsent_by, at });
  return <div className="bub gone">{words}{message.problem?.code === "taken_back" && ` ${t("log.neverLeft")}`}</div>;
}

/** A change that the customer does not see yet, or never will. */
export function Revising({ message }: { message: Message }) {
  const { t } = useTranslation();
  const revision = message.revision;
  if (!revision) return null;
  const takesBack = revision.text === null;
  if (!revision.problem) return <span className="st"><Icon name="clock" />{t(takesBack ? "log.takingBack" : "log.changing")}</span>;
  return (
    <span className="st bad why-not">
      <Icon name="circle-x" />{t(takesBack ? "log.notTakenBack" : "log.notChanged")}<span className="reason">{sayUndelivered(t, revision.problem)}</span>
      {revision.text !== null && <span className="reason" dir="auto">{t("log.wanted", { text: revision.text })}</span>}
    </span>
  );
}

// What can be done with one message: quote it, react to it. They stand beside the bubble and appear with the pointer or the focus.
import type { Conversation, Message } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { toast } from "@seaway/kit/toasts";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { changeUi, focusComposer, ui } from "../shell/ui.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk } from "../state/desk.tsx";
import { TakeBack } from "./Revising.tsx";

const USUAL = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Reacts to a message, or takes the reaction away; says why where that fails. */
export function useReact(message: Message): (emoji: string | null) => void {
  const { t } = useTranslation();
  const commands = useCommands();
  return (emoji) => void commands.react(message, emoji).catch((thrown: unknown) => toast(sayRefusal(t, thrown)));
}

/** Whether it is one's own, was said to the customer, and is there or will be. */
function mayRevise(message: Message, me: string | undefined): boolean {
  const said = message.direction === "out" && !message.private && message.notice === null && message.unsent_at === null;
  return said && message.author.kind === "worker" && message.author.id === me && message.state !== "failed" && message.state !== "uncertain";
}

export function MessageActions({ message, conversation, onEdit }: { message: Message; conversation: Conversation; onEdit: () => void }) {
  const { t } = useTranslation();
  const me = useDesk((state) => state.worker?.id);
  const react = useReact(message);
  const { reactions, ...can } = conversation.composer;
  const known = message.known_to_provider && !message.unsent_at;
  const [quotes, reacts] = [known && can.quotes, known && can.reacts];
  const own = mayRevise(message, me);
  // What still waits to leave is changed on every channel.
  const edits = own && message.text !== "" && !message.template && (can.edits || message.state === "queued");
  const unsends = own && (can.unsends || message.state === "queued");
  if (!quotes && !reacts && !edits && !unsends) return null;
  const quote = () => {
    changeUi({ quoting: { ...ui.get().quoting, [conversation.id]: message } });
    focusComposer();
  };
  return (
    <span className="acts">
      {reacts && (
        <DialogTrigger>
          <IconButton size="s" icon="smile" label={t("log.react")} />
          <Popover className="popover menu" placement="top" offset={4}>
            <Dialog className="emojis" aria-label={t("log.react")}>
              {({ close }) => <>{(reactions.length > 0 ? reactions : USUAL).map((emoji) => <Button key={emoji} className="emoji" aria-label={emoji} onPress={() => { react(emoji); close(); }}>{emoji}</Button>)}</>}
            </Dialog>
          </Popover>
        </DialogTrigger>
      )}
      {edits && <IconButton size="s" icon="edit" label={t("log.edit")} onPress={onEdit} />}
      {unsends && <TakeBack message={message} />}
      {quotes && <IconButton size="s" icon="undo" label={t("log.quote")} onPress={quote} />}
    </span>
  );
}

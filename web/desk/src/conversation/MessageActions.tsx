// What can be done with one message: quote it, react to it. They stand beside the bubble and appear with the pointer or the focus.
import type { Conversation, Message } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { toast } from "@seaway/kit/toasts";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { changeUi, focusComposer, ui } from "../shell/ui.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";

const USUAL = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Reacts to a message, or takes the reaction away; says why where that fails. */
export function useReact(message: Message): (emoji: string | null) => void {
  const { t } = useTranslation();
  const commands = useCommands();
  return (emoji) => void commands.react(message, emoji).catch((thrown: unknown) => toast(sayRefusal(t, thrown)));
}

export function MessageActions({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { t } = useTranslation();
  const react = useReact(message);
  const { quotes, reacts, reactions } = conversation.composer;
  if (!message.known_to_provider || message.unsent_at || (!quotes && !reacts)) return null;
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
      {quotes && <IconButton size="s" icon="undo" label={t("log.quote")} onPress={quote} />}
    </span>
  );
}

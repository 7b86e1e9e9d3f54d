// Signs that people put on a message; one's own can be taken away by pressing it.
import type { Message, Reaction } from "@seaway/api/types";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";

/** Equal signs stand together, in the order in which they came. */
export function gathered(reactions: Reaction[]): { emoji: string; names: string[]; mine: boolean; count: number }[] {
  const found: { emoji: string; names: string[]; mine: boolean; count: number }[] = [];
  for (const one of reactions) {
    const known = found.find((other) => other.emoji === one.emoji);
    if (known) {
      known.names.push(one.name);
      known.count += 1;
      known.mine ||= one.ours;
    } else found.push({ emoji: one.emoji, names: [one.name], mine: one.ours, count: 1 });
  }
  return found;
}

export function Reactions({ message, react }: { message: Message; react: ((emoji: string | null) => void) | null }) {
  const { t } = useTranslation();
  if (message.reactions.length === 0) return null;
  return (
    <span className="reactions">
      {gathered(message.reactions).map(({ emoji, names, mine, count }) => {
        const label = t("log.reacted", { emoji, names: names.map((name) => sayName(t, name)).join(", ") });
        const words = <>{emoji}{count > 1 && <span className="num">{count}</span>}</>;
        return mine && react
          ? <button key={emoji} type="button" className="reaction mine" aria-label={label} title={label} onClick={() => react(null)}>{words}</button>
          : <span key={emoji} className="reaction" role="img" aria-label={label} title={label}>{words}</span>;
      })}
    </span>
  );
}

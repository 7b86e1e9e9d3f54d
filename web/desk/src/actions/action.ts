// Whatever a worker can do is one action. Buttons, palette, shortcut sheet and menus are made from it.
import type { Conversation, Me, Task } from "@seaway/api/types";
import type { IconName } from "@seaway/kit/Icon";
import type { TFunction } from "i18next";
import type { Ui } from "../shell/ui.ts";
import type { Commands } from "../state/commands.ts";
import type { DeskState } from "../state/desk-state.ts";
import type { Store } from "../state/store.ts";

/** What an action may look at and use when it runs. */
export interface Hand {
  state: DeskState;
  me: Me;
  /** The conversation in sight, if any. */
  conversation: Conversation | null;
  commands: Commands;
  ui: Store<Ui>;
  go: (path: string) => void;
  /** Says in words what did not work. */
  fail: (thrown: unknown) => void;
  t: TFunction;
}
export interface TaskHand extends Hand { conversation: Conversation; task: Task }

export interface Action {
  id: string;
  /** Key of the words in the catalogue. */
  title: string;
  icon: IconName;
  group: "task" | "place" | "app";
  /** e.g. "e", "g d", "mod+k". */
  keys?: string;
  /** A single key that does the same where nothing is being typed, e.g. "b" beside "alt+b". */
  alone?: string;
  /** `keys` works while typing too. */
  whileTyping?: boolean;
  /** Known to the sheet but carried out where the focus is (composer, list). */
  local?: boolean;
  when: (hand: Hand) => boolean;
  run: (hand: Hand) => void | Promise<void>;
}

/** An action on the task in sight; offered only while that task is mine (or may be touched) and `when` agrees. */
export function onTask(spec: { id: string; title: string; icon: IconName; keys?: string; whileTyping?: boolean; local?: boolean; when?: (task: Task, hand: TaskHand) => boolean; run: (hand: TaskHand) => void | Promise<void> }): Action {
  const narrow = (hand: Hand): TaskHand | null => (hand.conversation?.task ? { ...hand, conversation: hand.conversation, task: hand.conversation.task } : null);
  return {
    ...spec,
    group: "task",
    when: (hand) => {
      const near = narrow(hand);
      return near !== null && (spec.when?.(near.task, near) ?? true);
    },
    run: (hand) => {
      const near = narrow(hand);
      return near ? spec.run(near) : undefined;
    },
  };
}

/** Whether the action answers to this chord; single keys rest while typing. */
export function listensTo(action: Action, chord: string, typing: boolean): boolean {
  if (action.local || !action.keys) return false;
  return (action.keys === chord && (!typing || action.whileTyping === true)) || (action.alone === chord && !typing);
}

export function isMyTask(task: Task, hand: Hand): boolean {
  return task.worker?.id === hand.state.worker?.id && (task.status === "assigned" || task.status === "wrapping");
}

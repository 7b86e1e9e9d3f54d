// What one can do with the task in sight.
import { can } from "../session/session.tsx";
import { changeUi, focusComposer, ui } from "../shell/ui.ts";
import { isMyTask, onTask, type Action } from "./action.ts";

function write(conversationId: string, mode: "reply" | "note"): void {
  changeUi({ mode: { ...ui.get().mode, [conversationId]: mode } });
  focusComposer();
}

export const reply = onTask({
  id: "task.reply", title: "action.reply", icon: "message", keys: "r",
  when: (task, hand) => isMyTask(task, hand),
  run: ({ conversation }) => write(conversation.id, "reply"),
});

export const note = onTask({
  id: "task.note", title: "action.note", icon: "lock", keys: "n",
  when: (task, hand) => isMyTask(task, hand),
  run: ({ conversation }) => write(conversation.id, "note"),
});

/** No undo: wrap-up is the pause in which one thinks again. */
export const complete = onTask({
  id: "task.complete", title: "action.complete", icon: "check", keys: "e",
  when: (task, hand) => isMyTask(task, hand),
  run: async ({ task, commands, fail }) => {
    try {
      if (task.status === "assigned") await commands.wrap(task);
      requestAnimationFrame(() => document.getElementById("wrap-up")?.querySelector<HTMLElement>("button, input")?.focus());
    } catch (thrown) {
      fail(thrown);
    }
  },
});

export const transfer = onTask({
  id: "task.transfer", title: "action.transfer", icon: "forward", keys: "t",
  when: (task, hand) => isMyTask(task, hand) && task.status === "assigned",
  run: () => changeUi({ overlay: "transfer" }),
});

export const assign = onTask({
  id: "task.assign", title: "action.assign", icon: "user-plus", keys: "a",
  when: (task, hand) => can(hand.me, "task.reassign") && ["pending", "reserved", "assigned", "wrapping"].includes(task.status),
  run: () => changeUi({ overlay: "assign" }),
});

export const requeue = onTask({
  id: "task.requeue", title: "action.requeue", icon: "undo",
  when: (task, hand) => can(hand.me, "task.reassign") && task.status === "assigned",
  run: async ({ task, commands, fail, go }) => {
    try {
      await commands.requeue(task);
      go("/desk");
    } catch (thrown) {
      fail(thrown);
    }
  },
});

export const sendAction = onTask({ id: "task.send", title: "action.send", icon: "send", keys: "mod+Enter", local: true, whileTyping: true, run: () => undefined });
export const quickReply = onTask({ id: "task.quick", title: "action.quick", icon: "bolt", keys: "/", local: true, when: (task, hand) => isMyTask(task, hand), run: () => undefined });

export const taskActions: Action[] = [reply, note, transfer, assign, requeue, complete, sendAction, quickReply];

// What a supervisor's hands do to a task, without the page that shows it.
import type { BoardTask, TaskQueue } from "@seaway/api/types";

/** Agents or queues offered to choose from. */
export const FOUND = 50;

/** Whether a task ends with its conversation, which has words of its own. */
export function kindOf(task: Pick<BoardTask, "conversation_id">): "conversation" | "task" {
  return task.conversation_id ? "conversation" : "task";
}

/** How a task is ended. Without a conversation: one that somebody has is completed, for it cannot be canceled any more. */
export function ending(task: Pick<BoardTask, "id" | "status" | "conversation_id">): { path: string; body: object } {
  if (task.conversation_id) return { path: `/conversations/${task.conversation_id}/close`, body: {} };
  if (task.status === "assigned" || task.status === "wrapping") return { path: `/tasks/${task.id}/complete`, body: {} };
  return { path: `/tasks/${task.id}/cancel`, body: { reason: "supervisor" } };
}

/** Queues whose name holds what is typed, without the one it is in. */
export function othersFound(queues: readonly Pick<TaskQueue, "id" | "name">[], from: string | null, typed: string): { id: string; label: string }[] {
  const sought = typed.trim().toLowerCase();
  return queues.filter((queue) => queue.id !== from && queue.name.toLowerCase().includes(sought)).slice(0, FOUND).map((queue) => ({ id: queue.id, label: queue.name }));
}

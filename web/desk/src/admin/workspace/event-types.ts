// The types of events that a workspace's address may be told of, by TaskRouter's names. A test compares them with the server's.
export const EVENT_TYPES: readonly string[] = [
  "task.created", "task.updated", "task.wrapup", "task.completed", "task.canceled", "task.deleted", "task.system-deleted",
  "reservation.created", "reservation.accepted", "reservation.rejected", "reservation.timeout", "reservation.canceled", "reservation.rescinded", "reservation.wrapup", "reservation.completed",
  "task-queue.entered", "task-queue.moved", "task-queue.timeout", "task-queue.created", "task-queue.expression.updated", "task-queue.deleted",
  "workflow.entered", "workflow.target-matched", "workflow.skipped", "workflow.timeout", "workflow.created", "workflow.updated", "workflow.deleted",
  "worker.created", "worker.activity.update", "worker.attributes.update", "worker.capacity.update", "worker.channel.availability.update", "worker.deleted",
  "activity.created", "activity.updated", "activity.deleted",
  "task-channel.created", "task-channel.updated", "task-channel.deleted",
  "workspace.updated", "workspace.deleted",
];

/** TaskRouter's, which nothing that happens here is. A program's filter may name them, and keeps them. */
export const NEVER_TOLD: readonly string[] = [
  "workspace.created", "reservation.failed", "task.transfer-initiated", "task.transfer-attempt-failed", "task.transfer-failed", "task.transfer-canceled", "task.transfer-completed",
];

/** The filter with one type more or less, in TaskRouter's order, whichever was chosen first. */
export function toggled(filter: readonly string[], type: string, on: boolean): string[] {
  return [...EVENT_TYPES, ...NEVER_TOLD].filter((one) => (one === type ? on : filter.includes(one)));
}

/** What a type is about: `task-queue.entered` → `task-queue`. */
export const groupOf = (type: string): string => type.split(".", 1)[0] ?? type;

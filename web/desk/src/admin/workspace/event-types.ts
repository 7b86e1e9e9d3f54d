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

/** What a type is about: `task-queue.entered` → `task-queue`. */
export const groupOf = (type: string): string => type.split(".", 1)[0] ?? type;

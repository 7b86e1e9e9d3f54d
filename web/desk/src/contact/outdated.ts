// Whether what we read of a person does not yet know how one of their conversations stands. Each message changes the conversation, and hardly
// any of them what the person's column shows of it.
import type { Conversation, Person } from "@seaway/api/types";

export function isOutdated(person: Person | undefined, now: Conversation): boolean {
  if (!person) return false;
  const known = person.conversations.find((one) => one.id === now.id);
  return !known || known.state !== now.state || (now.worker !== null && known.worker !== now.worker.name);
}

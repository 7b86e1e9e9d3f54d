// Who else gets a letter: typed as addresses with commas between them.
import type { Message } from "@seaway/api/types";

const ADDRESS = /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\"]+\.[^\s@,;:<>()[\]\\".]+$/;

/** One entry each; `Name <address>` is its address, blanks and doubles go. */
export function addressesIn(typed: string): string[] {
  const found = typed.split(/[,;\n]/).map((one) => (/<([^<>]+)>\s*$/.exec(one)?.[1] ?? one).trim()).filter(Boolean);
  return found.filter((one, at) => found.findIndex((other) => other.toLowerCase() === one.toLowerCase()) === at);
}

/** The first entry that is no mail address. */
export function wrongIn(...typed: string[]): string | null {
  return typed.flatMap(addressesIn).find((one) => !ADDRESS.test(one)) ?? null;
}

/** Who got a copy of the customer's last mail, and so gets the answer. */
export function lastCopies(messages: readonly Message[]): string[] {
  const last = messages.findLast((one) => one.direction === "in" && one.extras.some((extra) => extra.kind === "mail"));
  return last?.extras.find((extra) => extra.kind === "mail")?.others ?? [];
}

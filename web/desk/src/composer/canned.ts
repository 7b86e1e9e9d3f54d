// Quick replies: which fit what was typed after "/", and their words for this customer.
import type { CannedReply, Conversation } from "@seaway/api/types";
import { isNameless } from "../contact/name.ts";

/** The word after a "/" that stands at the start or after a space, up to the cursor; null when there is none. */
export function slashWord(text: string, cursor: number): { from: number; word: string } | null {
  const match = /(?:^|\s)\/(\S*)$/.exec(text.slice(0, cursor));
  if (!match) return null;
  const word = match[1] ?? "";
  return { from: cursor - word.length - 1, word };
}

export function fitting(replies: CannedReply[], word: string): CannedReply[] {
  const sought = word.toLowerCase();
  const rank = (reply: CannedReply) => (reply.shortcut.toLowerCase().startsWith(sought) ? 0 : reply.title.toLowerCase().includes(sought) ? 1 : 2);
  return replies.filter((reply) => rank(reply) < 2).toSorted((a, b) => rank(a) - rank(b) || a.shortcut.localeCompare(b.shortcut)).slice(0, 8);
}

/** In the customer's language, else the agent's, else whatever there is. */
export function wordsOf(reply: CannedReply, conversation: Conversation, own: string, agent: string): string {
  const text = reply.texts[conversation.contact.language ?? ""] ?? reply.texts[own] ?? reply.texts["en"] ?? Object.values(reply.texts)[0] ?? "";
  const name = isNameless(conversation.contact.name) ? "" : conversation.contact.name;
  // Without a name the space before its place goes too: "Hello {{ name }}!" is "Hello!".
  return text.replaceAll(name ? /\{\{\s*(?:contact\.)?name\s*\}\}/g : /,?\s*\{\{\s*(?:contact\.)?name\s*\}\}/g, name).replaceAll(/\{\{\s*agent(?:\.name)?\s*\}\}/g, agent);
}

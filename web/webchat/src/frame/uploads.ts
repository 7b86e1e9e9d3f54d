// What is judged about a file before a byte of it travels.
import type { Limits } from "./types.ts";
import type { TextKey } from "./texts.ts";
import { size } from "./words.ts";
import type { Language } from "../shared/protocol.ts";

/** Files in one message. */
export const MOST_FILES = 10;

/** The reason a file cannot go, as a text and its placeholders; nothing when it can. */
export function refuseFile(language: Language, file: { name: string; size: number; type: string }, limits: Limits): { key: TextKey; params: Record<string, string> } | undefined {
  if (file.size === 0) return { key: "empty", params: { name: file.name } };
  if (file.size > limits.attachmentBytes) return { key: "tooBig", params: { name: file.name, size: size(language, file.size), limit: size(language, limits.attachmentBytes) } };
  if (!allowed(file.type, limits.attachmentTypes)) return { key: "typeNo", params: { name: file.name } };
  return undefined;
}

/** An unknown type is the server's to judge, by the content. */
function allowed(type: string, types: string[]): boolean {
  return type === "" || types.length === 0 || types.some((one) => one === "*/*" || one === type || (one.endsWith("/*") && type.startsWith(one.slice(0, -1))));
}

/** Characters as people count them closely enough: code points, not UTF-16 halves. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

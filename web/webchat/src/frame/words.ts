// Problems, notices, times and sizes in the reader's language.
import { parseLanguage, type Language } from "../shared/protocol.ts";
import type { Problem } from "./problem.ts";
import { LANGUAGE_NAMES, say, type TextKey } from "./texts.ts";
import type { Limits, Message } from "./types.ts";

/** Why a text was refused; what is said of a file alone stands with the files. */
export function problemWords(language: Language, problem: Problem, limits: Limits): string {
  const seconds = Math.ceil((problem.retryAfterMs ?? 10_000) / 1000);
  return say(language, problemKey(problem), { seconds, limit: problem.params["limit"] ?? limits.text, detail: problem.detail || problem.code || String(problem.status) });
}

function problemKey(problem: Problem): TextKey {
  const { status, code } = problem;
  if (status === 0 || status === 408) return "pNetwork";
  if (status >= 500) return "pServer";
  if (status === 401) return "pSession";
  if (/blocked/.test(code)) return "pBlocked";
  if (status === 429) return "pFlood";
  if (status === 413 || /too_long|text_limit/.test(code)) return "pTooLong";
  return status === 403 ? "pBlocked" : "pOther";
}

/** The line a notice draws; empty when there is nothing to tell a customer. */
export function noticeWords(language: Language, message: Message): string {
  const kind = message.notice?.kind ?? "";
  const params = message.notice?.params ?? {};
  const name = params["name"] ?? params["worker"] ?? message.name ?? say(language, "someone");
  switch (kind) {
    case "joined":
      return say(language, "joined", { name });
    case "left":
      return say(language, "left", { name });
    case "transferred":
      return params["name"] ? say(language, "transferred", { name }) : say(language, "transferredTeam");
    case "requeued":
    case "waiting":
      return say(language, "waitingAgent");
    case "closed":
    case "completed":
      return say(language, "closed");
    case "language": {
      const spoken = parseLanguage(params["language"]);
      return say(language, "languageIs", { language: spoken ? LANGUAGE_NAMES[spoken] : (params["language"] ?? "") });
    }
    default:
      return message.text;
  }
}

export function senderName(language: Language, message: Message): string {
  if (message.from === "me") return say(language, "you");
  return message.name ?? say(language, message.from === "bot" ? "bot" : message.from === "agent" ? "someone" : "shop");
}

export function clock(language: Language, at: string | number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString(language === "de" ? "de" : "en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** "Today", "Yesterday" or the date, by the reader's clock. */
export function day(language: Language, at: string, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const days = Math.round((midnight(now) - midnight(date.getTime())) / 86_400_000);
  if (days === 0) return say(language, "today");
  if (days === 1) return say(language, "yesterday");
  const sameYear = new Date(now).getFullYear() === date.getFullYear();
  return date.toLocaleDateString(language === "en" ? "en-GB" : language, { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
}
function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Bytes as people write them: 10 MiB is "10 MB" to them. */
export function size(language: Language, bytes: number): string {
  const [value, unit] = bytes >= 1_048_576 ? [bytes / 1_048_576, "MB"] : bytes >= 1024 ? [bytes / 1024, "KB"] : [bytes, "B"];
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 && unit === "MB" ? 1 : 0 }).format(value)} ${unit}`;
}

/** One or two letters for a name's circle; Korean shows the given name's two syllables. */
export function initials(name: string): string {
  const trimmed = name.trim();
  if (/^[가-힣]{3,4}$/.test(trimmed)) return trimmed.slice(-2);
  const words = trimmed.split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => Array.from(word ?? "")[0] ?? "");
  return letters.join("").toUpperCase();
}

/** Characters as people count them closely enough: code points, not UTF-16 halves. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

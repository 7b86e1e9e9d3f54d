// The webchat's JSON, parsed where it comes in: a field that is missing or odd never reaches a component.
import { isRecord } from "../shared/protocol.ts";

export type Delivery = "sent" | "delivered" | "read";
export interface Attachment {
  id: string;
  name: string;
  type: string;
  bytes: number;
  width: number | null;
  height: number | null;
  url: string | null;
  thumbnailUrl: string | null;
}
export interface Message {
  id: string;
  /** Place in the visitor's thread, from 1; the answer to "what have I not got yet". */
  pos: number;
  clientId: string | null;
  from: "me" | "agent" | "bot" | "system";
  name: string | null;
  text: string;
  attachments: Attachment[];
  /** RFC 3339 UTC. */
  at: string;
  state: Delivery;
  notice: { kind: string; params: Record<string, string> } | null;
  choices: string[] | null;
  /** As the server tells them; read by whoever draws them. */
  cards: Record<string, unknown>[];
  /** Places and people, as the server tells them; read by whoever draws them. */
  extras: Record<string, unknown>[];
  /** Its words were others. */
  edited: boolean;
  /** Taken back: nothing of it is left. */
  unsent: boolean;
}
export interface Visitor {
  id: string;
  name: string | null;
  verified: boolean;
}
export interface Limits {
  /** Characters in one message. */
  text: number;
  attachmentBytes: number;
  /** Media types, such as "image/*" or "application/pdf"; empty means the server decides. */
  attachmentTypes: string[];
}
export const DEFAULT_LIMITS: Limits = { text: 10_000, attachmentBytes: 10 * 1024 * 1024, attachmentTypes: [] };
export interface Session {
  token: string;
  visitor: Visitor;
  position: number;
  limits: Limits;
  /** The fields to be filled in before the first message; read by the form, which is loaded when there are any. */
  form: unknown[];
  /** That nobody is there now, and until when; read by the notice, which is loaded where it is set. */
  closed: unknown;
}
export interface History {
  items: Message[];
  more: boolean;
  position: number;
}

export type ServerFrame =
  | { type: "ready"; position: number }
  | { type: "message"; message: Message }
  | { type: "typing"; on: boolean; name: string | null }
  | { type: "agent"; name: string | null; present: boolean }
  | { type: "position"; pos: number }
  | { type: "pong" }
  | { type: "bye"; code: string };

export function parseFrame(data: unknown): ServerFrame | undefined {
  if (!isRecord(data)) return undefined;
  switch (data["type"]) {
    case "ready":
      return { type: "ready", position: number(data["position"]) };
    case "message": {
      const message = parseVisitorMessage(data["message"]);
      return message && { type: "message", message };
    }
    case "typing":
      return { type: "typing", on: data["on"] === true, name: text(data["name"]) };
    case "agent":
      return { type: "agent", name: text(data["name"]), present: data["present"] === true };
    case "position":
      return { type: "position", pos: number(data["pos"]) };
    case "pong":
      return { type: "pong" };
    case "bye":
      return { type: "bye", code: text(data["code"]) ?? "" };
    default:
      return undefined;
  }
}

export function parseVisitorMessage(data: unknown): Message | undefined {
  if (!isRecord(data) || typeof data["id"] !== "string" || typeof data["pos"] !== "number") return undefined;
  const from = data["from"];
  const state = data["state"];
  const notice = data["notice"];
  return {
    id: data["id"],
    pos: data["pos"],
    clientId: text(data["client_id"]),
    from: from === "me" || from === "agent" || from === "bot" ? from : "system",
    name: text(data["name"]),
    text: text(data["text"]) ?? "",
    attachments: list(data["attachments"]).flatMap(parseAttachment),
    at: text(data["at"]) ?? "",
    state: state === "delivered" || state === "read" ? state : "sent",
    notice: isRecord(notice) && typeof notice["kind"] === "string" ? { kind: notice["kind"], params: params(notice["params"]) } : null,
    choices: Array.isArray(data["choices"]) ? data["choices"].filter((choice) => typeof choice === "string") : null,
    cards: list(data["cards"]).filter(isRecord),
    extras: list(data["extras"]).filter(isRecord),
    edited: data["edited"] === true,
    unsent: data["unsent"] === true,
  };
}

function parseAttachment(data: unknown): Attachment[] {
  if (!isRecord(data)) return [];
  return [
    {
      id: text(data["id"]) ?? "",
      name: text(data["name"]) ?? "",
      type: text(data["type"]) ?? "",
      bytes: number(data["bytes"]),
      width: number(data["width"]) || null,
      height: number(data["height"]) || null,
      url: webAddress(data["url"]),
      thumbnailUrl: webAddress(data["thumbnail_url"]),
    },
  ];
}

export function parseHistory(data: unknown): History {
  const given = isRecord(data) ? data : {};
  return { items: list(given["items"]).flatMap((item) => parseVisitorMessage(item) ?? []), more: given["more"] === true, position: number(given["position"]) };
}

/** Nothing when the answer is no session. */
export function parseSession(data: unknown): Session | undefined {
  if (!isRecord(data) || typeof data["token"] !== "string") return undefined;
  const limits = isRecord(data["limits"]) ? data["limits"] : {};
  return {
    token: data["token"],
    visitor: parseVisitor(data["visitor"]),
    position: number(data["position"]),
    limits: {
      text: number(limits["text"]) || DEFAULT_LIMITS.text,
      attachmentBytes: number(limits["attachment_bytes"]) || DEFAULT_LIMITS.attachmentBytes,
      attachmentTypes: list(limits["attachment_types"]).filter((type) => typeof type === "string"),
    },
    form: list(data["form"]),
    closed: data["closed"],
  };
}

export function parseVisitor(data: unknown): Visitor {
  const given = isRecord(data) ? data : {};
  return { id: text(given["id"]) ?? "", name: text(given["name"]), verified: given["verified"] === true };
}

/** Only web addresses: a file's link can never be a script. */
function webAddress(value: unknown): string | null {
  if (typeof value !== "string" || !URL.canParse(value, location.origin)) return null;
  const url = new URL(value, location.origin);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
function params(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, typeof one === "string" || typeof one === "number" ? String(one) : ""]));
}

// Messages on their way out. One stored entry each, so that two tabs of the shop never overwrite each other's;
// sending twice is safe, because the server knows a message by its client id.
import { isRecord } from "../shared/protocol.ts";
import type { Problem } from "./problem.ts";
import type { Shelf } from "./shelf.ts";

/** An uploaded file that waits to be sent along. */
export interface Upload {
  id: string;
  name: string;
  type: string;
  bytes: number;
}
export interface Outgoing {
  clientId: string;
  text: string;
  uploads: Upload[];
  /** RFC 3339 UTC, by this device's clock. */
  at: string;
  /** going: being tried; waiting: network, server or flood limit, tried again by itself; failed: only the writer can mend it. */
  state: "going" | "waiting" | "failed";
  problem: Problem | null;
}

const PREFIX = "out.";

export class Outbox {
  constructor(private readonly shelf: Shelf) {}

  put(item: Outgoing): void {
    this.shelf.write(PREFIX + item.clientId, JSON.stringify({ text: item.text, uploads: item.uploads, at: item.at }));
  }
  remove(clientId: string): void {
    this.shelf.remove(PREFIX + clientId);
  }
  clear(): void {
    for (const key of this.shelf.keys(PREFIX)) this.shelf.remove(key);
  }
  /** Everything not yet confirmed, oldest first; whatever state it had, it is tried again. */
  load(): Outgoing[] {
    return this.shelf
      .keys(PREFIX)
      .flatMap((key) => parse(key.slice(PREFIX.length), this.shelf.read(key)))
      .toSorted((a, b) => a.at.localeCompare(b.at));
  }
}

function parse(clientId: string, stored: string | null): Outgoing[] {
  const data = parseJson(stored);
  if (!isRecord(data) || typeof data["text"] !== "string" || typeof data["at"] !== "string") return [];
  return [{ clientId, text: data["text"], uploads: parseUploads(data["uploads"]), at: data["at"], state: "waiting", problem: null }];
}

export function parseUploads(value: unknown): Upload[] {
  return (Array.isArray(value) ? value : []).flatMap((one: unknown) =>
    isRecord(one) && typeof one["id"] === "string" && typeof one["name"] === "string" && typeof one["type"] === "string" && typeof one["bytes"] === "number"
      ? [{ id: one["id"], name: one["name"], type: one["type"], bytes: one["bytes"] }]
      : [],
  );
}

export function parseJson(stored: string | null): unknown {
  try {
    return stored === null ? null : JSON.parse(stored);
  } catch {
    return null;
  }
}

/** What stands in the composer: kept at every key, given back after a reload. */
export interface Draft {
  text: string;
  uploads: Upload[];
}
export function loadDraft(shelf: Shelf): Draft {
  const data = parseJson(shelf.read("draft"));
  return isRecord(data) && typeof data["text"] === "string" ? { text: data["text"], uploads: parseUploads(data["uploads"]) } : { text: "", uploads: [] };
}
export function saveDraft(shelf: Shelf, draft: Draft): void {
  if (draft.text === "" && draft.uploads.length === 0) shelf.remove("draft");
  else shelf.write("draft", JSON.stringify(draft));
}

/** Not `crypto.randomUUID`: a shop on plain HTTP is no secure context and has none. */
export function newClientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

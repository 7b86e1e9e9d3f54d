// Files on their way to the server, with progress. The server judges by content; here only what is plainly wrong is refused at once.
import type { Attachment, Composer } from "@seaway/api/types";
import { problemOf, Refusal, ws } from "../api/http.ts";
import { newId } from "../api/id.ts";

export type FileRefusal = { code: "file_too_big"; limit: number } | { code: "file_type" } | { code: "too_many_files"; limit: number };

export function checkFile(file: Pick<File, "size" | "type" | "name">, held: number, composer: Composer): FileRefusal | null {
  if (held >= composer.max_attachments) return { code: "too_many_files", limit: composer.max_attachments };
  const limit = file.type.startsWith("image/") ? composer.max_picture_bytes : composer.max_attachment_bytes;
  if (file.size > limit) return { code: "file_too_big", limit };
  const known = composer.attachment_types.length === 0 || file.type === "" || composer.attachment_types.some((pattern) => fits(file.type, pattern));
  return known ? null : { code: "file_type" };
}

function fits(type: string, pattern: string): boolean {
  return pattern === "*/*" || pattern === type || (/\/\*?$/.test(pattern) && type.startsWith(pattern.replace("*", "")));
}

/** What the browser's file dialog understands: the server's "image/" is its "image/*". */
export function acceptOf(types: string[]): string {
  return types.map((pattern) => (pattern.endsWith("/") ? `${pattern}*` : pattern)).join(",");
}

/** `onProgress` hears 0…1. XMLHttpRequest, because fetch cannot tell how much was sent. */
export function upload(file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", ws("/files"));
    request.setRequestHeader("Idempotency-Key", newId());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Accept-Language", document.documentElement.lang || "en");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText) as Attachment);
      problemOf({ status: request.status, statusText: request.statusText, text: () => Promise.resolve(request.responseText) }).then((problem) => reject(new Refusal(problem)), reject);
    });
    request.addEventListener("error", () => reject(new Refusal({ type: "about:blank", title: "No answer", status: 0, code: "no_answer", detail: "The server cannot be reached" })));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

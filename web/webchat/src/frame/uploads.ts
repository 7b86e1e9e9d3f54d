// Files on their way out: what is judged before a byte travels, the travel itself, and why the server did not want it.
import { isRecord, type Language } from "../shared/protocol.ts";
import type { Api } from "./api.ts";
import type { Upload } from "./outbox.ts";
import { NETWORK, parseProblem, type Problem } from "./problem.ts";
import type { Limits } from "./types.ts";
import { FILE_TEXTS } from "./view/file-texts.ts";
import { problemWords, size } from "./words.ts";

/** Files in one message. */
export const MOST_FILES = 10;

/** The text with its {placeholders} filled. */
export function fill(text: string, params: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Why a file cannot go; nothing when it can. `room` is how many more the message takes. */
export function refuseFile(language: Language, file: { name: string; size: number; type: string }, limits: Limits, room: number): string | undefined {
  const words = FILE_TEXTS[language];
  const params = { name: file.name, size: size(language, file.size), limit: size(language, limits.attachmentBytes) };
  if (file.size === 0) return fill(words.empty, params);
  if (file.size > limits.attachmentBytes) return fill(words.tooBig, params);
  if (!allowed(file.type, limits.attachmentTypes)) return fill(words.typeNo, params);
  return room > 0 ? undefined : fill(words.tooMany, { limit: MOST_FILES });
}

/** An unknown type is the server's to judge, by the content. */
function allowed(type: string, types: string[]): boolean {
  return type === "" || types.length === 0 || types.some((one) => one === "*/*" || one === type || (one.endsWith("/*") && type.startsWith(one.slice(0, -1))));
}

/** Uploads one file. `progress` hears shares from 0 to 1. The returned function stops it. */
export function upload(api: Api, file: File, progress: (share: number) => void, done: (result: Upload | Problem) => void): () => void {
  if (api.files === "") {
    // Never at once: whoever asked has yet to put the file into its list.
    const timer = setTimeout(done, 0, { id: file.name, name: file.name, type: file.type, bytes: file.size });
    return () => clearTimeout(timer);
  }
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", api.files);
  if (api.token !== null) request.setRequestHeader("authorization", `Bearer ${api.token}`);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => progress(event.lengthComputable ? event.loaded / event.total : 0));
  request.addEventListener("error", () => done(NETWORK));
  request.addEventListener("load", () => {
    const body: unknown = request.response;
    if (request.status >= 200 && request.status < 300 && isRecord(body) && typeof body["id"] === "string") done({ id: body["id"], name: file.name, type: file.type, bytes: file.size });
    else done(parseProblem(request.status, body, request.getResponseHeader("retry-after")));
  });
  request.send(form);
  return () => request.abort();
}

/** Why the server did not take a file. */
export function uploadWords(language: Language, problem: Problem, limits: Limits): string {
  const words = FILE_TEXTS[language];
  const { status, code } = problem;
  if (status === 413 || (status === 422 && /too_(big|large)|size/.test(code))) return fill(words.pFileBig, { limit: size(language, limits.attachmentBytes) });
  if (status === 415 || status === 422) return words.pFileType;
  return problemWords(language, problem, limits);
}

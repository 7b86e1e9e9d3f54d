// The one door to the server: JSON in (or a file, as a Blob with its type), JSON out, every refusal a `Refusal` that carries the server's Problem.
// It knows no noun; callers name the path and the type of the answer.
import type { Problem } from "@seaway/api/types";
import { newId } from "./id.ts";

/** A request that did not succeed. `status` is 0 when no answer came (offline, timeout). */
export class Refusal extends Error {
  readonly problem: Problem;
  readonly status: number;
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "Refusal";
    this.problem = problem;
    this.status = problem.status;
  }
  get code(): string {
    return this.problem.code;
  }
}

type SignedOutListener = () => void;
const signedOutListeners = new Set<SignedOutListener>();

/** Called whenever a request other than GET /me answers 401: the session ended under us. */
export function onSignedOut(listener: SignedOutListener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

let workspace = "";
/** The workspace all `ws()` paths belong to; set once by the session. */
export function setWorkspace(id: string): void {
  workspace = id;
}

/** `ws("/desk")` → `/api/v1/workspaces/{WS}/desk`. */
export function ws(path: string): string {
  return `/api/v1/workspaces/${workspace}${path}`;
}

export interface RequestOptions {
  /** Any id; repeating a write with the same key does it once. Default: a fresh one. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** Milliseconds until we give up with status 0. Default 20 000. */
  timeout_ms?: number;
}

async function request<T>(method: string, path: string, body: unknown, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": document.documentElement.lang || "en" };
  const file = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = file ? body.type : "application/json";
  if (method !== "GET") headers["Idempotency-Key"] = options.idempotencyKey ?? newId();
  const limit = AbortSignal.timeout(options.timeout_ms ?? 20_000);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, signal, credentials: "same-origin", body: body === undefined ? null : file ? body : JSON.stringify(body) });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw noAnswer();
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const refusal = new Refusal(await problemOf(response));
  if (response.status === 401 && !path.endsWith("/me") && !path.includes("/session")) signedOutListeners.forEach((tell) => tell());
  throw refusal;
}

function noAnswer(): Refusal {
  return new Refusal({ type: "about:blank", title: "No answer", status: 0, code: "no_answer", detail: "The server cannot be reached" });
}

export async function problemOf(response: Pick<Response, "status" | "statusText" | "text">): Promise<Problem> {
  const fallback: Problem = { type: "about:blank", title: response.statusText, status: response.status, code: `http_${response.status}`, detail: response.statusText };
  try {
    const parsed: unknown = JSON.parse(await response.text());
    if (parsed && typeof parsed === "object" && "code" in parsed && typeof parsed.code === "string") return { ...fallback, ...parsed, code: parsed.code, status: response.status };
  } catch {
    // A proxy's HTML page is no Problem; the status alone must do.
  }
  return fallback;
}

export const http = {
  get: <T>(path: string, options?: RequestOptions) => request<T>("GET", path, undefined, options),
  post: <T>(path: string, body: unknown = {}, options?: RequestOptions) => request<T>("POST", path, body, options),
  put: <T>(path: string, body: unknown, options?: RequestOptions) => request<T>("PUT", path, body, options),
  patch: <T>(path: string, body: unknown, options?: RequestOptions) => request<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, options?: RequestOptions) => request<T>("DELETE", path, undefined, options),
};

/** Turns anything thrown into a Refusal, so that screens have one kind of failure to draw. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Refusal({ type: "about:blank", title: "Unexpected", status: 0, code: "unexpected", detail });
}

// A refusal as the frame keeps it: who refused, and why, never a sentence; the sentence is chosen in the reader's language.
import { isRecord } from "../shared/protocol.ts";

export interface Problem {
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** The server's stable word, or "network". */
  code: string;
  detail: string;
  params: Record<string, string | number>;
  /** Milliseconds until another try may succeed, from Retry-After; null when the server named none. */
  retryAfterMs: number | null;
  /** What a refused form says of its fields; read by the form. */
  fields?: unknown;
}

export const NETWORK: Problem = { status: 0, code: "network", detail: "", params: {}, retryAfterMs: null };

export function parseProblem(status: number, body: unknown, retryAfter: string | null): Problem {
  const given = isRecord(body) ? body : {};
  const params = isRecord(given["params"]) ? given["params"] : {};
  const seconds = Number(retryAfter ?? params["retry_after"] ?? params["retry_after_s"] ?? Number.NaN);
  return {
    status,
    code: typeof given["code"] === "string" ? given["code"] : "",
    detail: typeof given["detail"] === "string" ? given["detail"] : "",
    params: Object.fromEntries(Object.entries(params).filter((pair): pair is [string, string | number] => typeof pair[1] === "string" || typeof pair[1] === "number")),
    fields: params["fields"],
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null,
  };
}

/** Whether trying again, unchanged, may succeed. */
export function passing(problem: Problem): boolean {
  return problem.status === 0 || problem.status === 408 || problem.status === 429 || problem.status >= 500;
}

/** Whether the visitor's token is worth nothing any more. */
export function sessionOver(problem: Problem): boolean {
  return problem.status === 401;
}

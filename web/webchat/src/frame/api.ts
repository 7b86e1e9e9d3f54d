// Every request the frame makes, to its own origin only. A refusal is thrown as a `Refusal` with the server's problem in it.
import { NETWORK, parseProblem, type Problem } from "./problem.ts";
import { parseHistory, parseSession, parseVisitor, parseVisitorMessage, type History, type Message, type Session, type Visitor } from "./types.ts";
import { isRecord } from "../shared/protocol.ts";

export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code || `status ${problem.status}`);
  }
}
export function problemOf(error: unknown): Problem {
  return error instanceof Refusal ? error.problem : NETWORK;
}

/** A request without an answer for this long (ms) counts as none. */
const TIMEOUT_MS = 20_000;

export class Api {
  token: string | null = null;
  readonly #base: string;
  /** Where files go; empty where none may leave the browser. */
  readonly files: string;
  constructor(readonly channel: string) {
    this.#base = `/webchat/${encodeURIComponent(channel)}`;
    this.files = channel === "" ? "" : `${this.#base}/files`;
  }

  async session(ticket: string, token: string | null, language: string): Promise<Session> {
    const session = parseSession(await this.request("POST", "/session", { ticket, ...(token === null ? {} : { token }), language }));
    if (!session) throw new Refusal({ ...NETWORK, status: 502, code: "unreadable" });
    return session;
  }
  async after(position: number): Promise<History> {
    return parseHistory(await this.request("GET", `/messages?after=${position}&limit=100`));
  }
  async before(position: number): Promise<History> {
    return parseHistory(await this.request("GET", `/messages?before=${position}&limit=50`));
  }
  async send(clientId: string, text: string, attachmentIds: string[]): Promise<Message | undefined> {
    return parseVisitorMessage(await this.request("POST", "/messages", { client_id: clientId, text, attachment_ids: attachmentIds }));
  }
  async ack(position: number, seen: number): Promise<void> {
    await this.request("POST", "/ack", { pos: position, seen });
  }
  async identify(jwt: string): Promise<{ visitor: Visitor; token: string | null }> {
    const answer = await this.request("POST", "/identify", { jwt });
    return { visitor: parseVisitor(isRecord(answer) ? answer["visitor"] : null), token: isRecord(answer) && typeof answer["token"] === "string" ? answer["token"] : null };
  }
  async signOut(): Promise<Session | undefined> {
    return parseSession(await this.request("POST", "/sign-out", {}));
  }
  socket(): WebSocket {
    return new WebSocket(`${location.origin.replace(/^http/, "ws")}${this.#base}/socket`);
  }

  /** Asks below the channel's path; the answer is whatever JSON came. */
  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers: Record<string, string> = {};
    if (this.token !== null && path !== "/session") headers["authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const request: RequestInit = { method, headers, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body !== undefined) request.body = JSON.stringify(body);
    let answer: Response;
    try {
      answer = await fetch(this.#base + path, request);
    } catch {
      throw new Refusal(NETWORK);
    }
    const given: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw new Refusal(parseProblem(answer.status, given, answer.headers.get("retry-after")));
    return given;
  }
}

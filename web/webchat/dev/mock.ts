// A stand-in for the server: the shop at localhost, the webchat at webchat.localhost, one visitor's story in memory.
// Development and pictures only; the true server's tests judge the product.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { accept, type Peer } from "./socket.ts";

const DIST = join(import.meta.dirname, "..", "dist");
const TYPES: Record<string, string> = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", html: "text/html; charset=utf-8" };
const SKY = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><rect width="320" height="200" fill="#f1ebe1"/><circle cx="160" cy="104" r="64" fill="#e5dccf"/><path d="M128 76h64l6 76a10 10 0 0 1-10 10h-56a10 10 0 0 1-10-10Z" fill="#2f5d50"/><path d="M124 64h72v14h-72Z" fill="#234a40"/></svg>`;

export interface Line {
  from: "me" | "agent" | "bot" | "system";
  text: string;
  name?: string;
  state?: "sent" | "delivered" | "read";
  notice?: { kind: string; params: Record<string, string> };
  choices?: string[];
  attachments?: Record<string, unknown>[];
  at?: string;
  client_id?: string;
}

/** What the mock can be told to do wrong. */
export interface Faults {
  refuseSite: boolean;
  sockets: boolean;
  down: boolean;
  /** Milliseconds before a session is answered. */
  slow: number;
  flood: boolean;
  expireToken: boolean;
  /** Nobody acknowledges: own messages stay "sent". */
  silent: boolean;
}

export class Mock {
  faults: Faults = { refuseSite: false, sockets: true, down: false, slow: 0, flood: false, expireToken: false, silent: false };
  appearance = { name: "Tidewater", color: "#2f5d50", position: "right", greeting: { en: "Hi, I’m Tide, the shop’s bot. What can I help with?", de: "Hallo, ich bin Tide, der Bot des Ladens. Wie kann ich helfen?", ko: "안녕하세요, 가게 도우미 타이드예요. 무엇을 도와드릴까요?" }, languages: ["en", "de", "ko"] };
  messages: Record<string, unknown>[] = [];
  /** Of the session's answer. */
  closed: { opens_at: string | null } | null = null;
  heard: Record<string, unknown>[] = [];
  #tickets = 0;
  #tokens = 0;
  readonly #peers = new Set<Peer>();
  readonly #server: Server;
  port = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("upgrade", (request, stream) => {
      if (!this.faults.sockets || this.faults.down) return void stream.destroy();
      accept(request, stream, (frame, peer) => this.#hear(frame, peer), (peer) => this.#peers.delete(peer));
    });
  }
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.port = typeof address === "object" && address ? address.port : port;
  }
  close(): void {
    this.cut();
    this.#server.closeAllConnections();
    this.#server.close();
  }
  cut(): void {
    for (const peer of this.#peers) peer.close();
    this.#peers.clear();
  }
  all(frame: unknown): void {
    for (const peer of this.#peers) peer.send(frame);
  }
  say(line: Line): Record<string, unknown> {
    const pos = this.messages.length + 1;
    const message = { id: `IM${pos}`, pos, client_id: null, name: null, attachments: [], at: new Date().toISOString(), state: "sent", notice: null, conversation_id: "CH1", choices: null, ...line };
    this.messages.push(message);
    this.all({ type: "message", message });
    return message;
  }

  #hear(frame: Record<string, unknown>, peer: Peer): void {
    this.heard.push(frame);
    if (frame["type"] === "hello") {
      this.#peers.add(peer);
      for (const message of this.messages) if ((message["pos"] as number) > Number(frame["after"])) peer.send({ type: "message", message });
      peer.send({ type: "ready", position: this.messages.length });
    } else if (frame["type"] === "ping") peer.send({ type: "pong" });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    if (!url.hostname.startsWith("webchat.")) return this.#shop(url, response);
    if (url.pathname === "/sky.svg") return void response.writeHead(200, { "content-type": "image/svg+xml" }).end(SKY);
    if (!url.pathname.startsWith("/webchat/")) return this.#file(url, response);
    const origin = request.headers.origin ?? "";
    const headers = { "content-type": "application/json", "access-control-allow-origin": origin, "access-control-allow-headers": "content-type" };
    const give = (status: number, body: unknown, more: Record<string, string> = {}): void => void response.writeHead(status, { ...headers, ...more }).end(JSON.stringify(body));
    if (request.method === "OPTIONS") return give(204, null);
    const path = url.pathname.split("/").slice(3).join("/");
    const body = await read(request);
    if (this.faults.down) return void request.socket.destroy();
    if (path === "ticket") {
      if (this.faults.refuseSite) return give(403, { code: "site_refused", detail: `The site ${origin} may not show this chat` });
      return give(200, { ticket: `t${++this.#tickets}`, frame_url: `http://${url.host}/frame?channel=KA1&ticket=t${this.#tickets}`, appearance: this.appearance });
    }
    if (path === "session") {
      await new Promise((resolve) => setTimeout(resolve, this.faults.slow));
      if (this.faults.expireToken && body["token"] !== undefined) {
        this.messages = [];
        return give(401, { code: "session_expired", detail: "This session has expired" });
      }
      return give(200, { token: body["token"] ?? `k${++this.#tokens}`, visitor: { id: `V${this.#tokens}`, name: null, verified: false }, conversation: null, position: this.messages.length, language: body["language"], closed: this.closed, limits: { text: 10000, attachment_bytes: 10485760, attachment_types: ["image/*", "application/pdf", "text/plain"] } });
    }
    if (path === "messages" && request.method === "GET") {
      const after = Number(url.searchParams.get("after") ?? -1);
      const before = Number(url.searchParams.get("before") ?? Infinity);
      const found = this.messages.filter((one) => (one["pos"] as number) > after && (one["pos"] as number) < before);
      return give(200, { items: after >= 0 ? found : found.slice(-50), more: after < 0 && found.length > 50, position: this.messages.length });
    }
    if (path === "messages") {
      if (this.faults.flood) return give(429, { code: "too_many_messages", detail: "Too many messages", params: { limit: 10 } }, { "retry-after": "8" });
      if (String(body["text"]).length > 10000) return give(413, { code: "text_too_long", detail: "The text is too long", params: { limit: 10000 } });
      const known = this.messages.find((one) => one["client_id"] === body["client_id"]);
      give(200, known ?? this.say({ from: "me", text: String(body["text"]), client_id: String(body["client_id"]) }));
      if (!known) this.#story(String(body["text"]));
      return;
    }
    if (path === "files") return give(200, { id: `AT${Date.now()}` });
    if (path === "phone") return String(body["number"]).length < 9 ? give(422, { code: "phone_invalid", detail: "Not a phone number" }) : give(200, { sent: true });
    if (path === "phone/confirm") return body["code"] === "123456" ? give(200, { verified: true }) : give(422, { code: "code_wrong", detail: "Wrong code" });
    if (path === "identify") return give(200, { visitor: { id: `V${this.#tokens}`, name: "Mia", verified: true } });
    if (path === "sign-out") {
      this.messages = [];
      return give(200, { token: `k${++this.#tokens}`, visitor: { id: `V${this.#tokens}`, name: null, verified: false }, conversation: null, position: 0 });
    }
    give(200, {});
  }

  /** Bot, then an agent for whoever asks for one: enough to see every state pass by. */
  #story(text: string): void {
    if (this.faults.silent) return;
    const own = this.messages.findLast((one) => one["from"] === "me")!;
    const state = (value: string): void => {
      own["state"] = value;
      this.all({ type: "message", message: own });
    };
    setTimeout(() => state("delivered"), 300);
    if (!/live.?agent/i.test(text)) return void setTimeout(() => this.say({ from: "bot", name: "Tide", text: "The steel body is. The lid is not, please wash it by hand." }), 700);
    setTimeout(() => {
      this.say({ from: "system", text: "", notice: { kind: "joined", params: { name: "Ana" } } });
      this.all({ type: "agent", name: "Ana", present: true });
      state("read");
      this.all({ type: "typing", on: true, name: "Ana" });
    }, 900);
    setTimeout(() => this.say({ from: "agent", name: "Ana", text: "Hello Tom! Yes, up to 12 letters. Which name shall it be?" }), 2400);
  }

  #file(url: URL, response: ServerResponse): void {
    const name = url.pathname === "/frame" ? "/frame.html" : url.pathname;
    const own = `${url.protocol}//${url.host}`;
    try {
      const bytes = readFileSync(join(DIST, name.replaceAll("..", "")));
      const csp = `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${own.replace("http", "ws")}; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors http://localhost:${this.port}`;
      response.writeHead(200, { "content-type": TYPES[name.split(".").pop() ?? ""] ?? "application/octet-stream", "x-content-type-options": "nosniff", ...(name === "/frame.html" ? { "content-security-policy": csp } : {}) }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }
  /** A strict shop: no inline script or style at all. `?dark`, `?lang=de` turn it. */
  #shop(url: URL, response: ServerResponse): void {
    const chat = `http://webchat.localhost:${this.port}`;
    if (url.pathname === "/shop.css") return void response.writeHead(200, { "content-type": "text/css" }).end("html{color-scheme:light}html.dark{color-scheme:dark}body{margin:0;font:16px/24px system-ui;background:#fbf8f3;color:#2a2521}.dark body{background:#1a1816;color:#f1ece5}main{max-width:900px;padding:32px}section{margin:24px 0;padding:48px;border-radius:12px;background:#f1ebe1;min-height:280px}.dark section{background:#2c2825}");
    const csp = `default-src 'none'; style-src 'self'; script-src ${chat}; connect-src ${chat}; frame-src ${chat}; require-trusted-types-for 'script'`;
    const language = url.searchParams.get("lang") ?? "en";
    response.writeHead(200, { "content-type": TYPES["html"]!, "content-security-policy": csp }).end(`<!doctype html><html lang="${language}" class="${url.searchParams.has("dark") ? "dark" : ""}"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tidewater</title><link rel="stylesheet" href="/shop.css"><main><h1>Tidewater</h1><section><h2>Pours where you look.</h2><p>The Kestrel kettle.</p></section><section></section></main><script async src="${chat}/loader.js" data-channel="KA1" data-language="${language}"></script></html>`);
  }
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

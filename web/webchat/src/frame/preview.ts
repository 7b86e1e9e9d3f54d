// A server that is not there: the admin's preview shows the true frame with it, and nothing leaves the browser.
import { Api } from "./api.ts";
import { DEFAULT_LIMITS, type History, type Message, type Session } from "./types.ts";
import { parseJson } from "./outbox.ts";
import { isRecord, type Language } from "../shared/protocol.ts";

const SAID: Record<Language, string> = {
  en: "This is a preview. Nothing you write here is sent.",
  de: "Das ist eine Vorschau. Was Sie hier schreiben, wird nicht gesendet.",
  ko: "미리보기예요. 여기에 적은 내용은 전송되지 않아요.",
};
/** Milliseconds. */
const ANSWER_MS = 700;

export class PreviewApi extends Api {
  readonly #messages: Message[] = [];
  readonly #sockets = new Set<Line>();

  readonly #fields: unknown[];

  /** The fields of the form stand in the fragment, beside the look. */
  constructor(private readonly language: Language) {
    super("");
    const given = parseJson(decodeURIComponent(location.hash.slice(1)));
    this.#fields = isRecord(given) && Array.isArray(given["form"]) ? given["form"] : [];
  }

  override session(): Promise<Session> {
    return Promise.resolve({ token: "preview", visitor: { id: "preview", name: null, verified: false }, position: 0, limits: DEFAULT_LIMITS, form: this.#fields, closed: null });
  }
  override after(position: number): Promise<History> {
    return Promise.resolve({ items: this.#messages.filter((message) => message.pos > position), more: false, position: this.#messages.length });
  }
  override before(): Promise<History> {
    return this.after(0);
  }
  override send(clientId: string, text: string): Promise<Message> {
    const message = this.#add("me", text, clientId);
    setTimeout(() => {
      const frame = JSON.stringify({ type: "message", message: this.#add("bot", SAID[this.language], null) });
      for (const line of this.#sockets) line.dispatchEvent(new MessageEvent("message", { data: frame }));
    }, ANSWER_MS);
    return Promise.resolve(message);
  }
  /** Whatever else is asked is answered well and goes nowhere. */
  override request(): Promise<unknown> {
    return Promise.resolve({});
  }
  override signOut(): Promise<Session> {
    return this.session();
  }
  override socket(): WebSocket {
    const line = new Line();
    this.#sockets.add(line);
    return line as unknown as WebSocket;
  }

  #add(from: Message["from"], text: string, clientId: string | null): Message {
    const pos = this.#messages.length + 1;
    const message: Message = { id: `preview-${pos}`, pos, clientId, from, name: null, text, attachments: [], at: new Date().toISOString(), state: from === "me" ? "delivered" : "sent", notice: null, choices: null, cards: [], extras: [], edited: false, unsent: false };
    this.#messages.push(message);
    return message;
  }
}

/** As much of a socket as the connection uses. */
class Line extends EventTarget {
  readyState = 0;
  constructor() {
    super();
    setTimeout(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }
  send(text: string): void {
    const hello = text.includes('"hello"');
    if (hello || text.includes('"ping"')) setTimeout(() => this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(hello ? { type: "ready", position: 0 } : { type: "pong" }) })));
  }
  close(): void {
    this.readyState = 3;
  }
}

// The frame's one actor: it opens the session, keeps the stream, sends the outbox in order, and turns all of it into changes.
// What is shown follows from `apply` alone.
import { Api, problemOf } from "./api.ts";
import { Connection } from "./connection.ts";
import { isOver } from "./jwt.ts";
import { newClientId, Outbox, type Outgoing, type Upload } from "./outbox.ts";
import type { Page } from "./page.ts";
import { passing, sessionOver, type Problem } from "./problem.ts";
import type { Shelf } from "./shelf.ts";
import { apply, unread, type Change, type State } from "./state.ts";
import { loadLanguage } from "./texts.ts";
import type { ServerFrame, Session } from "./types.ts";
import type { Language } from "../shared/protocol.ts";

/** Milliseconds. */
const TICKET_WAIT_MS = 15_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const FLOOD_MS = 10_000;
const TYPING_ENDS_MS = 10_000;

export class Chat {
  readonly #listeners = new Set<() => void>();
  readonly #connection: Connection;
  #sending = false;
  /** How often the server is being asked about the word of the site: what is written meanwhile goes as who they turn out to be. */
  #identifying = 0;
  #retryMs = FIRST_RETRY_MS;
  #timers: { start?: ReturnType<typeof setTimeout>; send?: ReturnType<typeof setTimeout>; typing?: ReturnType<typeof setTimeout> } = {};
  #ticketWaiter: ((ticket: string | null) => void) | undefined;
  /** Grows with every start; what belongs to an older one is thrown away. */
  #round = 0;
  #hasSession = false;
  /** The flood limit's end, milliseconds since the epoch. */
  #quietUntil = 0;
  #jwt: string | undefined;
  pageVisible = false;
  #logAtEnd = true;

  constructor(
    public state: State,
    readonly api: Api,
    readonly shelf: Shelf,
    private readonly outbox: Outbox,
    private readonly page: Page,
    private ticket: string | null,
  ) {
    this.#connection = new Connection(
      {
        open: () => api.socket(),
        after: (position) => api.after(position),
        ack: (position, seen) => api.ack(position, seen),
        token: () => api.token ?? "",
        position: () => this.state.position,
        seen: () => this.state.seen,
        random: () => Math.random(),
      },
      {
        frame: (frame) => this.#hear(frame),
        caughtUp: (history) => this.change({ type: "messages", items: history.items, inOrder: true }),
        net: (net) => this.#netIs(net),
        sessionOver: () => void this.#expired(),
      },
    );
    addEventListener("online", () => this.#hurry());
    addEventListener("offline", () => this.#connection.cut());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#hurry();
      this.#look();
    });
    shelf.watch("token", (token) => {
      // Another tab signed out or became somebody else.
      if (this.#hasSession && token !== api.token) this.#startAnew(token);
    });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  change(change: Change): void {
    this.state = apply(this.state, change);
    if (change.type === "messages" || change.type === "history") this.#arrived();
    for (const listener of this.#listeners) listener();
  }

  /** Opens the session; tries again by itself while the trouble may pass. */
  async start(): Promise<void> {
    const round = ++this.#round;
    clearTimeout(this.#timers.start);
    this.#hasSession = false;
    if (this.state.phase !== "ready") this.change({ type: "loading" });
    try {
      const { session, expired } = await this.#openSession();
      if (round !== this.#round) return;
      this.#keep(session);
      this.change({ type: "session", visitor: session.visitor, limits: session.limits, form: session.form, closed: session.closed, expired });
      const history = await this.api.before(session.position + 1);
      if (round !== this.#round) return;
      this.change({ type: "history", ...history, position: Math.max(session.position, history.position) });
      this.#hasSession = true;
      this.#retryMs = FIRST_RETRY_MS;
      this.#connection.start();
      // Words of the page that were good when it opened may be over when a new session begins: they would only be refused.
      if (this.#jwt !== undefined && isOver(this.#jwt, Date.now())) this.#jwt = undefined;
      if (this.#jwt !== undefined) void this.identify(this.#jwt);
      void this.#sendNext();
    } catch (error) {
      if (round !== this.#round) return;
      const problem = problemOf(error);
      if (passing(problem) || sessionOver(problem)) {
        this.change({ type: "failed", problem });
        this.#timers.start = setTimeout(() => void this.start(), problem.retryAfterMs ?? this.#nextRetry());
      } else this.change({ type: "refused", problem });
    }
  }

  /** Takes a text into the outbox; from here on it is never lost. */
  say(text: string, uploads: Upload[]): void {
    const item: Outgoing = { clientId: newClientId(), text, uploads, at: new Date().toISOString(), state: "waiting", problem: null };
    this.outbox.put(item);
    this.change({ type: "queued", item });
    void this.#sendNext();
  }
  /** The server has what the form asked for. */
  formTaken(): void {
    this.shelf.remove("form");
    this.change({ type: "answered" });
    void this.#sendNext();
  }
  sayAgain(clientId: string): void {
    this.change({ type: "outgoing", clientId, state: "waiting", problem: null });
    void this.#sendNext();
  }
  unsay(clientId: string): void {
    this.outbox.remove(clientId);
    this.change({ type: "dropped", clientId });
    void this.#sendNext();
  }

  async older(): Promise<void> {
    const first = this.state.messages[0];
    if (!first || !this.state.more) return;
    const history = await this.api.before(first.pos).catch(() => undefined);
    if (history) this.change({ type: "older", ...history });
  }
  typing(on: boolean): void {
    this.#connection.typing(on);
  }

  /** The page says whether the chat is open; the log says whether its end is in view. */
  pageSees(visible: boolean): void {
    this.pageVisible = visible;
    this.#look();
  }
  logSees(end: boolean): void {
    this.#logAtEnd = end;
    this.#look();
  }

  async identify(jwt: string): Promise<void> {
    this.#jwt = jwt;
    if (!this.#hasSession) return;
    this.#identifying += 1;
    try {
      const { visitor, token } = await this.api.identify(jwt);
      if (token !== null && token !== this.api.token) this.#startAnew(token);
      else {
        this.change({ type: "visitor", visitor });
        // What the site has said of them need not be asked.
        if (this.state.form.length > 0) void this.start();
      }
    } catch (error) {
      const problem = problemOf(error);
      if (!passing(problem)) this.#jwt = undefined;
      console.error(`Seaway webchat: identify() was refused: ${problem.detail || problem.code || problem.status}.`);
    } finally {
      this.#identifying -= 1;
      void this.#sendNext();
    }
  }
  async signOut(): Promise<void> {
    this.#jwt = undefined;
    const session = this.#hasSession ? await this.api.signOut().catch(() => undefined) : undefined;
    this.outbox.clear();
    this.shelf.remove("draft");
    this.shelf.remove("form");
    this.change({ type: "wiped" });
    this.#startAnew(session?.token ?? null);
  }
  async speak(language: Language): Promise<void> {
    await loadLanguage(language);
    this.shelf.write("language", language);
    this.change({ type: "language", language });
  }
  takeTicket(ticket: string | null): void {
    this.#ticketWaiter?.(ticket);
  }
  close(): void {
    this.page.tell({ type: "close" });
  }

  /** Sends the oldest first and one at a time, so that order holds. */
  async #sendNext(): Promise<void> {
    // What was written before the form was there waits until it is filled in.
    if (this.#sending || this.#identifying > 0 || !this.#hasSession || this.state.form.length > 0 || Date.now() < this.#quietUntil) return;
    const item = this.state.outbox.find((one) => one.state !== "failed");
    if (!item) return;
    this.#sending = true;
    clearTimeout(this.#timers.send);
    const round = this.#round;
    this.change({ type: "outgoing", clientId: item.clientId, state: "going", problem: null });
    try {
      const message = await this.api.send(item.clientId, item.text, item.uploads.map((upload) => upload.id));
      this.outbox.remove(item.clientId);
      this.#retryMs = FIRST_RETRY_MS;
      if (round === this.#round && message) this.change({ type: "messages", items: [message], inOrder: false });
      if (round === this.#round) this.change({ type: "dropped", clientId: item.clientId });
    } catch (error) {
      const problem = problemOf(error);
      if (round === this.#round) this.#notSent(item, problem);
      this.#sending = false;
      return;
    }
    this.#sending = false;
    void this.#sendNext();
  }

  #notSent(item: Outgoing, problem: Problem): void {
    if (sessionOver(problem) || problem.code === "form_required") {
      // A form that was put there meanwhile comes with the next session.
      this.change({ type: "outgoing", clientId: item.clientId, state: "waiting", problem: null });
      void this.#expired();
    } else if (passing(problem)) {
      this.change({ type: "outgoing", clientId: item.clientId, state: "waiting", problem });
      const wait = problem.retryAfterMs ?? (problem.status === 429 ? FLOOD_MS : this.#nextRetry());
      if (problem.status === 429) this.#quietUntil = Date.now() + wait;
      this.#timers.send = setTimeout(() => void this.#sendNext(), wait);
    } else {
      this.change({ type: "outgoing", clientId: item.clientId, state: "failed", problem });
      void this.#sendNext();
    }
  }

  async #openSession(): Promise<{ session: Session; expired: boolean }> {
    const kept = this.shelf.read("token");
    try {
      return { session: await this.api.session(await this.#nextTicket(), kept, this.state.language), expired: false };
    } catch (error) {
      const problem = problemOf(error);
      if (passing(problem) || !this.page.embedded) throw error;
      // Either the kept token has expired, or the ticket was used or too old. A fresh ticket settles which.
      const expired = kept !== null && sessionOver(problem) && !/ticket/.test(problem.code);
      if (expired) this.shelf.remove("token");
      else if (!/ticket/.test(problem.code)) throw error;
      return { session: await this.api.session(await this.#nextTicket(), expired ? null : kept, this.state.language), expired };
    }
  }
  /** The ticket in the frame's address serves once; every further one comes from the page. */
  async #nextTicket(): Promise<string> {
    const ticket = this.ticket;
    this.ticket = null;
    if (ticket !== null || !this.page.embedded) return ticket ?? "";
    const asked = await new Promise<string | null>((resolve) => {
      this.#ticketWaiter = resolve;
      setTimeout(() => resolve(null), TICKET_WAIT_MS);
      this.page.tell({ type: "ticket" });
    });
    if (asked === null) throw new Error("no ticket");
    return asked;
  }
  async #expired(): Promise<void> {
    this.#connection.stop();
    this.#hasSession = false;
    await this.start();
  }
  #startAnew(token: string | null): void {
    this.#connection.stop();
    if (token === null) this.shelf.remove("token");
    else this.shelf.write("token", token);
    this.shelf.remove("seen");
    this.change({ type: "forgotten" });
    for (const item of this.outbox.load()) this.change({ type: "queued", item });
    void this.start();
  }
  #keep(session: Session): void {
    const other = this.state.visitor !== null && this.state.visitor.id !== session.visitor.id;
    if (other || this.shelf.read("visitor") !== session.visitor.id) {
      // Positions belong to one visitor's thread.
      this.shelf.remove("seen");
      this.change({ type: "forgotten" });
      for (const item of this.outbox.load()) this.change({ type: "queued", item });
    }
    this.shelf.write("visitor", session.visitor.id);
    this.api.token = session.token;
    this.shelf.write("token", session.token);
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === "message") this.change({ type: "messages", items: [frame.message], inOrder: true });
    else if (frame.type === "position") this.change({ type: "position", position: frame.pos });
    else if (frame.type === "agent") this.change(frame);
    else if (frame.type === "typing") {
      clearTimeout(this.#timers.typing);
      // A lost "off" must not leave the dots there for ever.
      if (frame.on) this.#timers.typing = setTimeout(() => this.change({ type: "typing", on: false, name: null }), TYPING_ENDS_MS);
      this.change(frame);
    }
  }
  #netIs(net: State["net"]): void {
    const back = (net === "live" || net === "polling") && this.state.net !== net;
    this.change({ type: "net", net, now: Date.now() });
    if (!back) return;
    void this.#refreshStates();
    this.#retryMs = FIRST_RETRY_MS;
    void this.#sendNext();
  }
  /** Receipts of older messages do not come again after a cut, so the last page is read anew. */
  async #refreshStates(): Promise<void> {
    if (!this.state.messages.some((message) => message.from === "me" && message.state !== "read")) return;
    const history = await this.api.before(this.state.position + 1).catch(() => undefined);
    if (history) this.change({ type: "messages", items: history.items, inOrder: false });
  }
  #hurry(): void {
    this.#retryMs = FIRST_RETRY_MS;
    if (!this.#hasSession && this.state.phase === "failed") void this.start();
    this.#connection.hurry();
    void this.#sendNext();
  }

  #arrived(): void {
    for (const message of this.state.messages) if (message.clientId !== null && message.from === "me") this.outbox.remove(message.clientId);
    this.#look();
    this.#connection.report();
    this.page.tell({ type: "opened", known: this.state.messages.some((message) => message.from === "me") });
  }
  /** Seen means: the chat is open, the tab is in front, and the end of the log is in view. */
  #look(): void {
    if (this.pageVisible && document.visibilityState === "visible" && this.#logAtEnd && this.state.position > this.state.seen) {
      this.shelf.write("seen", String(this.state.position));
      this.state = apply(this.state, { type: "seen", position: this.state.position });
      this.#connection.report();
      for (const listener of this.#listeners) listener();
    }
    this.page.tell({ type: "unread", count: unread(this.state) });
  }
  #nextRetry(): number {
    const wait = this.#retryMs * (0.5 + Math.random() / 2);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    return wait;
  }
}

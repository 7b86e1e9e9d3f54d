// Keeps the stream of messages flowing: a socket that resumes where it stopped; where sockets are blocked, polling.
// It knows positions and time, and nothing of what a message says.
import { passing, sessionOver } from "./problem.ts";
import { Refusal } from "./api.ts";
import type { Net } from "./state.ts";
import { parseFrame, type History, type ServerFrame } from "./types.ts";
import { parseJson } from "./outbox.ts";

export interface Wire {
  open(): WebSocket;
  after(position: number): Promise<History>;
  ack(position: number, seen: number): Promise<void>;
  token(): string;
  /** What this device holds and what was seen. */
  position(): number;
  seen(): number;
  /** From 0 to 1; spreads the reconnects of many visitors after a restart. */
  random(): number;
}
export interface Hear {
  frame(frame: ServerFrame): void;
  caughtUp(history: History): void;
  net(net: Net): void;
  sessionOver(): void;
}

/** All in milliseconds. */
const PING_MS = 20_000;
const SILENCE_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const READY_MS = 10_000;
const POLL_MS = 3_000;
const SOCKET_AGAIN_MS = 60_000;
/** So many sockets in a row that never became ready mean that they are blocked here. */
const BLOCKED_AFTER = 3;

export class Connection {
  #socket: WebSocket | undefined;
  #isReady = false;
  #failures = 0;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #running = false;
  #polls = false;
  #pollsFail = false;
  #ackedPos = 0;
  #ackedSeen = 0;

  constructor(
    private readonly wire: Wire,
    private readonly hear: Hear,
  ) {}

  start(): void {
    this.stop();
    this.#running = true;
    this.#failures = 0;
    this.#connect();
  }
  stop(): void {
    this.#running = false;
    this.#polls = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#drop();
    this.#ackedPos = this.#ackedSeen = 0;
  }
  /** The browser says the network is back, or the visitor came back: no reason to wait. */
  hurry(): void {
    if (!this.#running || this.#isReady) return;
    this.#later("connect", 0, () => this.#connect());
    if (this.#polls) this.#later("poll", 0, () => void this.#poll());
  }
  /** The browser says the network is gone; what the socket believes no longer counts. */
  cut(): void {
    if (!this.#running) return;
    this.#drop();
    this.hear.net("offline");
    this.#retry();
  }
  typing(on: boolean): void {
    this.#tell({ type: "typing", on });
  }
  /** Tells the server what this device has and what was seen, if that is news. */
  report(): void {
    const pos = this.wire.position();
    const seen = this.wire.seen();
    if (this.#isReady) {
      if (pos > this.#ackedPos) this.#tell({ type: "ack", pos });
      if (seen > this.#ackedSeen) this.#tell({ type: "seen", pos: seen });
    } else if (this.#polls && (pos > this.#ackedPos || seen > this.#ackedSeen)) {
      this.wire.ack(pos, seen).catch(() => this.#forgetAcks());
    } else return;
    this.#ackedPos = Math.max(this.#ackedPos, pos);
    this.#ackedSeen = Math.max(this.#ackedSeen, seen);
  }

  #connect(): void {
    this.#drop();
    this.#forgetAcks();
    let socket: WebSocket;
    try {
      socket = this.wire.open();
    } catch {
      this.#failures++;
      this.#retry();
      return;
    }
    this.#socket = socket;
    this.#later("ready", READY_MS, () => this.#lost(socket));
    socket.addEventListener("open", () => {
      if (this.#socket === socket) socket.send(JSON.stringify({ type: "hello", token: this.wire.token(), after: this.wire.position() }));
    });
    socket.addEventListener("close", () => this.#lost(socket));
    socket.addEventListener("message", (event) => {
      if (this.#socket !== socket || typeof event.data !== "string") return;
      const frame = parseFrame(parseJson(event.data));
      this.#stillThere(socket);
      if (frame) this.#take(frame, socket);
    });
  }

  #take(frame: ServerFrame, socket: WebSocket): void {
    if (frame.type === "ready") {
      this.#isReady = true;
      this.#failures = 0;
      this.#polls = false;
      for (const name of ["ready", "poll", "connect"]) this.#never(name);
      this.hear.net("live");
      this.report();
    } else if (frame.type === "bye") {
      if (/session|token|signed_out|unauthori[sz]ed/.test(frame.code)) {
        this.stop();
        this.hear.sessionOver();
        return;
      }
      this.#lost(socket);
    }
    this.hear.frame(frame);
  }

  /** Any frame proves life; silence is asked about, and then believed. */
  #stillThere(socket: WebSocket): void {
    this.#never("silence");
    this.#later("ping", PING_MS, () => {
      this.#tell({ type: "ping" });
      this.#later("silence", SILENCE_MS, () => this.#lost(socket));
    });
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    const wasReady = this.#isReady;
    this.#drop();
    if (!this.#running) return;
    // One cut after a good time is no news yet: a restart is over in a second.
    if (!wasReady) this.#failures++;
    if (!this.#polls && this.#failures >= BLOCKED_AFTER) {
      this.#polls = true;
      void this.#poll();
    } else if (!this.#polls) this.hear.net(this.#failures > 0 ? "offline" : "connecting");
    this.#retry();
  }

  #retry(): void {
    const wait = this.#polls ? SOCKET_AGAIN_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#later("connect", wait * (0.5 + this.wire.random() / 2), () => this.#connect());
  }

  async #poll(): Promise<void> {
    if (!this.#polls) return;
    let wait = POLL_MS;
    try {
      const history = await this.wire.after(this.wire.position());
      if (!this.#polls) return;
      this.hear.net("polling");
      // The server is back: perhaps sockets were never blocked, only it was away.
      if (this.#pollsFail) this.#later("connect", FIRST_WAIT_MS * this.wire.random(), () => this.#connect());
      this.#pollsFail = false;
      this.hear.caughtUp(history);
      this.report();
      if (history.more) wait = 0;
    } catch (error) {
      if (!this.#polls) return;
      if (error instanceof Refusal && sessionOver(error.problem)) {
        this.stop();
        this.hear.sessionOver();
        return;
      }
      this.#pollsFail = true;
      this.hear.net("offline");
      wait = error instanceof Refusal && passing(error.problem) ? (error.problem.retryAfterMs ?? POLL_MS * 2) : SOCKET_AGAIN_MS;
    }
    this.#later("poll", wait, () => void this.#poll());
  }

  #tell(frame: Record<string, unknown>): void {
    if (this.#isReady && this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }
  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isReady = false;
    for (const name of ["ready", "ping", "silence"]) this.#never(name);
    socket?.close();
  }
  #forgetAcks(): void {
    this.#ackedPos = this.#ackedSeen = 0;
  }
  #later(name: string, ms: number, run: () => void): void {
    this.#never(name);
    this.#timers.set(name, setTimeout(run, ms));
  }
  #never(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

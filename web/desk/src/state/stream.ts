// The event stream's client: ticket, socket, resume from the last applied number, reconnect with growing, jittered pauses.
// It knows frames, not what they mean for the desk.
import type { DeskFrame, StreamFrame } from "@seaway/api/types";

export interface StreamPorts {
  ticket: () => Promise<string>;
  /** Number of the last applied event. */
  position: () => number;
  url: (ticket: string, from: number) => string;
  open: (url: string) => WebSocket;
  onFrame: (frame: StreamFrame) => void;
  onLine: (up: boolean) => void;
  /** The server says our copy is too old: read everything anew before going on. Resolves when that is done. */
  onReload: () => Promise<void>;
  onSignedOut: () => void;
  onRightsChanged: () => void;
  /** A number in 0…1, for jitter. */
  random: () => number;
}

export interface Stream {
  /** False when there is no line; the frame is then lost, which is right for typing and repeated for seen. */
  send: (frame: DeskFrame) => boolean;
  /** The machine says the network is back: try at once. */
  hurry: () => void;
  /** The machine says the network is gone. The socket is kept: most gaps are short, and who comes back through it never left. */
  lost: () => void;
  close: () => void;
}

export const PING_MS = 15_000;
/** Two pings without any frame: the line is dead even if the socket says otherwise. */
export const SILENCE_MS = 40_000;
/** Back on the network, a kept socket has this long to prove that it still reaches the server. */
const PROOF_MS = 3_000;
const ACK_MS = 100;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Milliseconds before attempt `n` (from 0); `random` spreads desks so that they do not all come back at once. */
export function pauseBefore(attempt: number, random: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return full / 2 + (full / 2) * random;
}

export function openStream(ports: StreamPorts): Stream {
  let socket: WebSocket | null = null;
  let attempt = 0;
  let closed = false;
  let generation = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let ping: ReturnType<typeof setInterval> | undefined;
  let telling: ReturnType<typeof setTimeout> | undefined;
  let proof: ReturnType<typeof setTimeout> | undefined;
  let stalled = false;
  let told = 0;
  let heard = Date.now();
  let answers = false;

  async function connect(): Promise<void> {
    const mine = ++generation;
    clearTimeout(retry);
    try {
      const ticket = await ports.ticket();
      if (closed || mine !== generation) return;
      const fresh = ports.open(ports.url(ticket, ports.position()));
      socket = fresh;
      fresh.addEventListener("open", () => {
        if (mine !== generation) return fresh.close();
        heard = Date.now();
        ports.onLine(true);
        clearInterval(ping);
        ping = setInterval(beat, PING_MS);
        told = 0;
        tellSoon();
      });
      fresh.addEventListener("message", (message: MessageEvent<string>) => mine === generation && receive(message.data));
      fresh.addEventListener("close", () => mine === generation && drop());
    } catch {
      if (mine === generation) drop();
    }
  }

  function receive(text: string): void {
    const frame = parseFrame(text);
    heard = Date.now();
    attempt = 0;
    if (stalled) resume();
    if (!frame) return;
    if (frame.type === "position") answers = true;
    if (frame.type === "reload") return void ports.onReload();
    if (frame.type === "bye") return bye(frame.code);
    ports.onFrame(frame);
    if (frame.type === "event") tellSoon();
  }

  /** Tells the server what this device has: the customer's "delivered" is true only then. Once for a flurry of events. */
  function tellSoon(): void {
    telling ??= setTimeout(() => {
      telling = undefined;
      const seq = ports.position();
      if (seq > told && send({ type: "ack", seq })) told = seq;
    }, ACK_MS);
  }

  function bye(code: "slow" | "signed_out" | "shutdown" | "rights_changed"): void {
    if (code === "signed_out") {
      close();
      ports.onLine(false);
      ports.onSignedOut();
      return;
    }
    if (code === "rights_changed") ports.onRightsChanged();
    drop();
  }

  function beat(): void {
    // Servers that never answer a ping are not punished for it; those that did once are held to it.
    if (answers && Date.now() - heard > SILENCE_MS) return drop();
    send({ type: "ping" });
  }

  function resume(): void {
    stalled = false;
    clearTimeout(proof);
    ports.onLine(true);
    tellSoon();
  }

  function drop(): void {
    generation += 1;
    stalled = false;
    clearTimeout(proof);
    clearInterval(ping);
    socket?.close();
    socket = null;
    if (closed) return;
    ports.onLine(false);
    clearTimeout(retry);
    retry = setTimeout(() => void connect(), pauseBefore(attempt, ports.random()));
    attempt += 1;
  }

  function send(frame: DeskFrame): boolean {
    if (!socket || socket.readyState !== 1 || stalled) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  function close(): void {
    closed = true;
    generation += 1;
    clearTimeout(retry);
    clearTimeout(telling);
    clearTimeout(proof);
    clearInterval(ping);
    socket?.close();
    socket = null;
  }

  void connect();
  return {
    send,
    close,
    hurry: () => {
      if (closed || (socket?.readyState === 1 && !stalled)) return;
      attempt = 0;
      if (socket?.readyState !== 1) return void connect();
      socket.send(JSON.stringify({ type: "ping" } satisfies DeskFrame));
      clearTimeout(proof);
      proof = setTimeout(drop, PROOF_MS);
    },
    lost: () => {
      if (closed || stalled) return;
      if (socket?.readyState !== 1) return drop();
      stalled = true;
      ports.onLine(false);
    },
  };
}

/** A frame that is not ours is ignored, so that a newer server may say more than an older desk understands. */
function parseFrame(text: string): StreamFrame | null {
  try {
    const value: unknown = JSON.parse(text);
    const known = ["event", "position", "reload", "signal", "bye"];
    if (value && typeof value === "object" && "type" in value && known.includes(String(value.type))) return value as StreamFrame;
  } catch {
    // Not JSON: nothing to apply.
  }
  return null;
}

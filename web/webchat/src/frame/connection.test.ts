import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refusal } from "./api.ts";
import { Connection } from "./connection.ts";
import { NETWORK } from "./problem.ts";
import type { Net } from "./state.ts";
import type { History } from "./types.ts";

class Socket extends EventTarget {
  readyState = 1;
  sent: Record<string, unknown>[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = 3;
  }
  hear(frame: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
  open(): void {
    this.dispatchEvent(new Event("open"));
  }
  fall(): void {
    this.dispatchEvent(new Event("close"));
  }
}

let sockets: Socket[];
let nets: Net[];
let over: number;
let place: { position: number; seen: number };
let poll: () => Promise<History>;
let acks: [number, number][];
let connection: Connection;
const newest = (): Socket => sockets.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, nets, over, acks] = [[], [], 0, []];
  place = { position: 7, seen: 0 };
  poll = async () => ({ items: [], more: false, position: 7 });
  connection = new Connection(
    {
      open: () => (sockets.push(new Socket()), newest() as unknown as WebSocket),
      after: () => poll(),
      ack: async (position, seen) => void acks.push([position, seen]),
      token: () => "T",
      position: () => place.position,
      seen: () => place.seen,
      random: () => 1,
    },
    { frame: () => {}, caughtUp: () => {}, net: (net) => nets.push(net), sessionOver: () => over++ },
  );
  connection.start();
});
afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});
const live = (): void => (newest().open(), newest().hear({ type: "ready", position: 7 }));

test("says hello with its token and the position it holds, then acknowledges it", () => {
  live();
  expect(newest().sent).toEqual([{ type: "hello", token: "T", after: 7 }, { type: "ack", pos: 7 }]);
  expect(nets).toEqual(["live"]);
});
test("seen goes out when it grows, once", () => {
  live();
  place.seen = 7;
  connection.report();
  connection.report();
  expect(newest().sent.slice(2)).toEqual([{ type: "seen", pos: 7 }]);
});
test("a cut resumes from the newest position, and tells again what was seen", async () => {
  live();
  place = { position: 9, seen: 9 };
  newest().fall();
  expect(nets.at(-1)).toBe("connecting");
  await vi.advanceTimersByTimeAsync(500);
  expect(sockets).toHaveLength(2);
  live();
  expect(newest().sent).toEqual([{ type: "hello", token: "T", after: 9 }, { type: "ack", pos: 9 }, { type: "seen", pos: 9 }]);
});
test("waits longer after each failure, and three in a row turn to polling", async () => {
  newest().fall();
  expect(nets).toEqual(["offline"]);
  await vi.advanceTimersByTimeAsync(999);
  expect(sockets).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  newest().fall();
  await vi.advanceTimersByTimeAsync(2000);
  newest().fall();
  await vi.advanceTimersByTimeAsync(0);
  expect(nets.at(-1)).toBe("polling");
  expect(acks).toEqual([[7, 0]]);
  const polls = vi.fn(poll);
  poll = polls;
  await vi.advanceTimersByTimeAsync(9_000);
  expect(polls).toHaveBeenCalledTimes(3);
  await vi.advanceTimersByTimeAsync(60_000);
  live();
  polls.mockClear();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(polls).not.toHaveBeenCalled();
});
test("polling that fails says offline, and is offline no longer when it works", async () => {
  poll = () => Promise.reject(new Refusal(NETWORK));
  for (const wait of [1000, 2000, 0]) {
    newest().fall();
    await vi.advanceTimersByTimeAsync(wait);
  }
  expect(nets.at(-1)).toBe("offline");
  poll = async () => ({ items: [], more: false, position: 7 });
  const before = sockets.length;
  await vi.advanceTimersByTimeAsync(7_000);
  expect(nets.at(-1)).toBe("polling");
  expect(sockets.length).toBeGreaterThan(before);
});
test("silence after a ping ends the socket", async () => {
  live();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(newest().sent.at(-1)).toEqual({ type: "ping" });
  newest().hear({ type: "pong" });
  await vi.advanceTimersByTimeAsync(20_000);
  const first = newest();
  await vi.advanceTimersByTimeAsync(10_500);
  expect(newest()).not.toBe(first);
});
test("an ended session is told once and nothing is tried again", async () => {
  live();
  newest().hear({ type: "bye", code: "session_expired" });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(over).toBe(1);
  expect(sockets).toHaveLength(1);
});
test("the network's return hurries, and typing is not sent into the void", async () => {
  connection.cut();
  connection.typing(true);
  connection.hurry();
  await vi.advanceTimersByTimeAsync(0);
  expect(sockets).toHaveLength(2);
  expect(sockets.flatMap((socket) => socket.sent)).toEqual([]);
});

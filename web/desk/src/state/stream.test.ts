import type { StreamFrame } from "@seaway/api/types";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStream, pauseBefore, type StreamPorts } from "./stream.ts";

class Line extends EventTarget {
  readyState = 0;
  sent: string[] = [];
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }
  hear(frame: StreamFrame): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
  close(): void {
    this.readyState = 3;
  }
  cut(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
}

let lines: Line[];
let told: string[];
let position: number;
let tickets: number;

function start(change: Partial<StreamPorts> = {}) {
  return openStream({
    ticket: async () => `t${++tickets}`,
    position: () => position,
    url: (ticket, from) => `ws://x/?${ticket}&from=${from}`,
    open: (url) => {
      const line = new Line(url);
      lines.push(line);
      return line as unknown as WebSocket;
    },
    onFrame: (frame) => told.push(frame.type),
    onLine: (up) => told.push(up ? "up" : "down"),
    onReload: async () => void told.push("reload"),
    onSignedOut: () => told.push("signed out"),
    onRightsChanged: () => told.push("rights"),
    random: () => 1,
    ...change,
  });
}
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  told = [];
  position = 7;
  tickets = 0;
});
afterEach(() => void vi.useRealTimers());

test("resumes from the last applied number with a new ticket each time", async () => {
  start();
  await settle();
  expect(lines[0]?.url).toBe("ws://x/?t1&from=7");
  lines[0]?.open();
  position = 12;
  lines[0]?.cut();
  expect(told).toEqual(["up", "down"]);
  await vi.advanceTimersByTimeAsync(500);
  expect(lines[1]?.url).toBe("ws://x/?t2&from=12");
});

test("pauses grow, are bounded, and differ between desks", () => {
  expect([0, 1, 2, 3, 9].map((n) => pauseBefore(n, 1))).toEqual([500, 1000, 2000, 4000, 15_000]);
  expect(pauseBefore(3, 0)).toBe(2000);
});

test("a frame heard ends the growing", async () => {
  start();
  await settle();
  lines[0]?.cut();
  await vi.advanceTimersByTimeAsync(500);
  lines[1]?.cut();
  await vi.advanceTimersByTimeAsync(1000);
  lines[2]?.open();
  lines[2]?.hear({ type: "position", seq: 7, now: "" });
  lines[2]?.cut();
  await vi.advanceTimersByTimeAsync(500);
  expect(lines).toHaveLength(4);
});

test("pings every 15 s and gives up a line that answered once and then fell silent", async () => {
  start();
  await settle();
  lines[0]?.open();
  lines[0]?.hear({ type: "position", seq: 7, now: "" });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(lines[0]?.sent.filter((text) => text !== '{"type":"ack","seq":7}')).toEqual(['{"type":"ping"}']);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(told.at(-1)).toBe("down");
});

test("a gap of the network goes through the same socket, when that one proves that it still reaches the server", async () => {
  const stream = start();
  await settle();
  lines[0]?.open();
  stream.lost();
  expect(told.at(-1)).toBe("down");
  expect(stream.send({ type: "ping" })).toBe(false);
  await vi.advanceTimersByTimeAsync(30_000);
  stream.hurry();
  expect(lines[0]?.sent.at(-1)).toBe('{"type":"ping"}');
  lines[0]?.hear({ type: "position", seq: 1, now: "" });
  expect(told.slice(-2)).toEqual(["up", "position"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toHaveLength(1);
});

test("a kept socket that proves nothing is given up, and not believed later", async () => {
  const stream = start();
  await settle();
  lines[0]?.open();
  stream.lost();
  stream.hurry();
  await vi.advanceTimersByTimeAsync(3_000 + 500);
  expect(lines).toHaveLength(2);
  lines[0]?.hear({ type: "position", seq: 99, now: "" });
  expect(told).not.toContain("position");
});

test("a reload frame reads everything anew; a lost session is told and ends the trying", async () => {
  start();
  await settle();
  lines[0]?.open();
  lines[0]?.hear({ type: "reload", reason: "gap" });
  lines[0]?.hear({ type: "bye", code: "signed_out" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(["up", "reload", "down", "signed out"]);
  expect(lines).toHaveLength(1);
});

test("words of a newer server are passed over", async () => {
  start();
  await settle();
  lines[0]?.open();
  lines[0]?.dispatchEvent(new MessageEvent("message", { data: '{"type":"fanfare"}' }));
  lines[0]?.dispatchEvent(new MessageEvent("message", { data: "not json" }));
  expect(told).toEqual(["up"]);
});

test("what the desk has applied is acknowledged, once for a flurry", async () => {
  const stream = start({ onFrame: (frame) => void (position = frame.type === "event" ? frame.seq : position) });
  await settle();
  lines[0]!.open();
  for (const seq of [11, 12, 13]) lines[0]!.hear({ type: "event", seq, at: "", event: { kind: "person.updated", person_id: "KC1" } });
  await vi.advanceTimersByTimeAsync(150);
  const acks = lines[0]!.sent.map((text) => JSON.parse(text)).filter((frame) => frame.type === "ack");
  expect(acks).toEqual([{ type: "ack", seq: 13 }]);
  stream.close();
});

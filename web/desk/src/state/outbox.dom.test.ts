import { afterEach, expect, test, vi } from "vitest";
import { setWorkspace } from "../api/http.ts";
import { apply, type Change } from "./apply.ts";
import { EMPTY_DESK, type DeskState, type Outgoing } from "./desk-state.ts";
import { mine, T0 } from "./fixtures.ts";
import { loadOutbox, nextToSend, pumpOutbox, saveOutbox } from "./outbox.ts";

function written(client_id: string, change: Partial<Outgoing> = {}): Outgoing {
  return { client_id, conversation_id: "CH1", thread_id: null, text: client_id, private: false, attachments: [], at: T0, state: "waiting", problem: null, ...change };
}
function boxed(...outbox: Outgoing[]) {
  let state: DeskState = { ...EMPTY_DESK, outbox };
  const waits: number[] = [];
  const ports = { get: () => state, dispatch: (change: Change) => void (state = apply(state, change)), later: (ms: number) => void waits.push(ms) };
  return { ports, waits, state: () => state };
}
const reply = (status: number, body: unknown) => vi.fn(async (_path: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }));
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("one message at a time and conversation, in order; a failed one does not hold up the rest", () => {
  const box = [written("a"), written("b"), written("c", { conversation_id: "CH2", state: "failed" }), written("d", { conversation_id: "CH2" })];
  expect(nextToSend(box).map((o) => o.client_id)).toEqual(["a", "d"]);
  expect(nextToSend([written("a", { state: "sending" }), written("b")])).toEqual([]);
});

// I7.3: until the answer, which follows the commit, it stands in the outbox and not among what was sent.
test("is sent with its client id and leaves when the server has it", async () => {
  setWorkspace("WS1");
  const fetched = reply(200, mine(2, { client_id: "a" }));
  vi.stubGlobal("fetch", fetched);
  const desk = boxed(written("a"));
  pumpOutbox(desk.ports);
  expect(desk.state().outbox[0]).toMatchObject({ client_id: "a", state: "sending" });
  await vi.waitFor(() => expect(desk.state().outbox).toEqual([]));
  expect(fetched.mock.calls[0]?.[0]).toBe("/api/v1/workspaces/WS1/conversations/CH1/messages");
  expect(JSON.parse(String(fetched.mock.calls[0]?.[1].body))).toMatchObject({ client_id: "a", text: "a" });
});

test("without an answer it waits with the same id; a refusal is shown with its reason", async () => {
  vi.stubGlobal("fetch", vi.fn(async () => Promise.reject(new TypeError("offline"))));
  const offline = boxed(written("a"));
  pumpOutbox(offline.ports);
  await vi.waitFor(() => expect(offline.waits).toEqual([3_000]));
  expect(offline.state().outbox[0]).toMatchObject({ client_id: "a", state: "waiting" });

  vi.stubGlobal("fetch", reply(422, { type: "", title: "", status: 422, code: "opted_out", detail: "stopped" }));
  const refused = boxed(written("a"));
  pumpOutbox(refused.ports);
  await vi.waitFor(() => expect(refused.state().outbox[0]?.state).toBe("failed"));
  expect(refused.state().outbox[0]?.problem?.code).toBe("opted_out");
});

test("survives a reload, per worker, and a broken entry harms nobody", () => {
  saveOutbox(localStorage, "WK1", [], [written("a", { state: "sending" }), written("b", { at: T0 - 1 })]);
  saveOutbox(localStorage, "WK2", [], [written("other")]);
  localStorage.setItem("seaway.outbox.WK1.x", "{");
  expect(loadOutbox(localStorage, "WK1").map((o) => [o.client_id, o.state])).toEqual([["b", "waiting"], ["a", "waiting"]]);
  saveOutbox(localStorage, "WK1", loadOutbox(localStorage, "WK1"), []);
  expect(loadOutbox(localStorage, "WK1")).toEqual([]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Api } from "./api.ts";
import { Chat } from "./chat.ts";
import { Outbox } from "./outbox.ts";
import { Page } from "./page.ts";
import { Shelf } from "./shelf.ts";
import { initial } from "./state.ts";
import { DEFAULT_APPEARANCE } from "../shared/protocol.ts";

class NoSocket extends EventTarget {
  close(): void {
    // Nothing was open.
  }
}

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal("WebSocket", NoSocket);
});
afterEach(() => vi.unstubAllGlobals());

test("what is written while the site's word is asked after goes as who they turn out to be", async () => {
  const mia = { visitor: { id: "V2", name: "Mia", verified: true }, token: "mia" };
  const asked: [string, string | null][] = [];
  let word: (answer: Response) => void = () => undefined;
  vi.stubGlobal("fetch", async (url: string, request: RequestInit) => {
    const path = url.replace("/webchat/KA1", "").replace(/\?.*/, "");
    const by = new Headers(request.headers).get("authorization");
    asked.push([`${request.method ?? "GET"} ${path}`, by]);
    if (path === "/identify" && by === "Bearer mia" && request.body === JSON.stringify({ jwt: "the site's word" })) return Response.json(mia);
    if (path === "/identify") return new Promise<Response>((resolve) => (word = resolve));
    const session = { token: localStorage.getItem("seaway.KA1.token") ?? "somebody", visitor: { id: "V1", name: null, verified: false }, position: 0, limits: {}, form: [], closed: null };
    return Response.json(path === "/session" ? session : path === "/messages" && request.method === "GET" ? { items: [], more: false, position: 0 } : {});
  });
  const shelf = new Shelf("seaway.KA1.");
  const outbox = new Outbox(shelf);
  const chat = new Chat(initial(DEFAULT_APPEARANCE, "light", "en", [], 0), new Api("KA1"), shelf, outbox, new Page("", ""), "ticket");
  await chat.start();
  void chat.identify("the site's word");
  chat.say("Hello", []);
  await vi.waitFor(() => expect(asked.at(-1)).toEqual(["POST /identify", "Bearer somebody"]));
  word(Response.json(mia));
  await vi.waitFor(() => expect(asked.at(-1)).toEqual(["POST /messages", "Bearer mia"]));
  expect(asked.filter(([what]) => what === "POST /messages")).toHaveLength(1);

  void chat.identify("another word");
  chat.say("And this", []);
  await vi.waitFor(() => expect(asked.at(-1)?.[0]).toBe("POST /identify"));
  expect(asked.filter(([what]) => what === "POST /messages")).toHaveLength(1);
  word(Response.json({ code: "bad_token" }, { status: 422 }));
  await vi.waitFor(() => expect(asked.at(-1)).toEqual(["POST /messages", "Bearer mia"]));
});

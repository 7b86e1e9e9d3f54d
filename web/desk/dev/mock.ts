// `?mock` in development: answers the desk's requests and plays customers in the page itself. Never part of a build.
import type { DeskEvent, DeskFrame, Message, StreamFrame, Task } from "@seaway/api/types";
import { accounts, check, kinds, templates } from "./mock-channels.ts";
import { hoursAnswer, queues } from "./mock-hours.ts";
import { detail, rows, take } from "./mock-unreadable.ts";
import { at, conversations, id, makeOffer, me, messages, offers, people, say, seed, worker } from "./mock-data.ts";

let seq = 100;
const sockets = new Set<FakeSocket>();
let desk = seed();
const faults = { down: false, signedOut: false };

function push(event: DeskEvent): void {
  seq += 1;
  broadcast({ type: "event", seq, at: new Date().toISOString(), event });
}
function broadcast(frame: StreamFrame): void {
  sockets.forEach((socket) => socket.hear(frame));
}
const later = (ms: number, run: () => void) => setTimeout(run, ms);

class FakeSocket extends EventTarget {
  readyState = 0;
  constructor() {
    super();
    later(30, () => {
      if (faults.down) return this.end();
      this.readyState = 1;
      sockets.add(this);
      this.dispatchEvent(new Event("open"));
      this.hear({ type: "position", seq, now: new Date().toISOString() });
    });
  }
  hear(frame: StreamFrame): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
  send(text: string): void {
    const frame = JSON.parse(text) as DeskFrame;
    (globalThis as { seawayFrames?: DeskFrame[] }).seawayFrames?.push(frame);
  }
  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    sockets.delete(this);
    this.dispatchEvent(new Event("close"));
  }
  close(): void {
    this.readyState = 3;
    sockets.delete(this);
  }
}

function state(message: Message, next: Message["state"], ms: number): void {
  later(ms, () => {
    Object.assign(message, { state: next, ...(next === "read" ? { read_at: new Date().toISOString() } : {}) });
    push({ kind: "message.updated", message: { ...message } });
  });
}

function touch(conversationId: string): void {
  const conversation = conversations[conversationId];
  if (conversation) push({ kind: "conversation.updated", conversation: { ...conversation, version: ++conversation.version } });
}

function moveTask(taskId: string, change: Partial<Task>): Task | null {
  const conversation = Object.values(conversations).find((c) => c.task?.id === taskId);
  if (!conversation?.task) return null;
  conversation.task = { ...conversation.task, ...change, version: conversation.task.version + 1 };
  touch(conversation.id);
  return conversation.task;
}

type Answer = { status: number; body: unknown };
const ok = (body: unknown): Answer => ({ status: 200, body });
const no = (status: number, code: string, params: Record<string, string> = {}): Answer => ({ status, body: { type: "about:blank", title: code, status, code, detail: code, params } });

function answer(method: string, path: string, body: Record<string, unknown>): Answer {
  const url = new URL(path, location.origin);
  const p = url.pathname.replace("/api/v1", "").replace(/^\/workspaces\/[^/]+/, "");
  const at1 = p.split("/");
  const what = `${method} ${p.replace(/\/[A-Z]{2}[0-9a-zA-Z]+/g, "/:id")}`;
  const key = at1[2] ?? "";
  if (faults.signedOut && p !== "/session") return no(401, "session_expired");
  if (at1[1] === "business-hours") {
    const { status, body: said, code, field } = hoursAnswer(method, key, body);
    return code ? { ...no(status, code), body: { ...(no(status, code).body as object), ...(field ? { field } : {}) } } : { status, body: said };
  }
  switch (what) {
    case "GET /me": return ok(me);
    case "POST /session": faults.signedOut = false; return body["password"] === "wrong" ? no(401, "wrong_credentials") : ok(me);
    case "PATCH /me/preferences": Object.assign(me.preferences, body); return ok(me.preferences);
    case "GET /desk": return ok(desk = { ...desk, position: seq, now: new Date().toISOString(), reservations: Object.values(offers), conversations: Object.values(conversations).filter((c) => c.state === "open" && c.task?.status !== "reserved" && c.task?.status !== "completed") });
    case "POST /stream-ticket": return ok({ ticket: "t" });
    case "GET /channel-kinds": return ok({ items: kinds });
    case "GET /channel-accounts": return ok({ items: accounts, next_cursor: null });
    case "POST /channel-accounts": {
      const made = { id: id("KA"), address: "", secrets_set: Object.keys((body["secrets"] ?? {}) as object), snippet: null, problem: null, credential_ends_at: null, last_heard_at: null, unreadable: 0, version: 1, ...body } as unknown as (typeof accounts)[number];
      accounts.push({ ...made, webhook_url: `https://desk.tidewater.example/in/${made.kind}/${made.id}` });
      return ok(accounts.at(-1));
    }
    case "PATCH /channel-accounts/:id": { const found = accounts.find((one) => one.id === key); return found ? ok(Object.assign(found, body, { version: found.version + 1 })) : no(404, "not_found"); }
    case "GET /task-queues": return ok({ items: queues, next_cursor: null });
    case "PATCH /task-queues/:id": { const found = queues.find((one) => one.id === key); return found ? ok(Object.assign(found, body, { version: found.version + 1 })) : no(404, "not_found"); }
    case "POST /channel-accounts/:id/check": return ok(check(key));
    case "GET /channel-accounts/:id/stickers": return ok({ items: [{ id: "446", name: "Moon: Special Edition", stickers: ["1988", "1989", "1990"] }] });
    case "GET /channel-accounts/:id/templates": case "POST /channel-accounts/:id/templates": return ok({ items: key === "KA3" ? templates : [] });
    case "GET /unreadable": return location.search.includes("unreadable=broken") ? no(503, "database_busy") : ok({ items: location.search.includes("unreadable=none") ? [] : rows, next_cursor: null });
    case "GET /unreadable/:id": { const found = detail(key); return found ? ok(found) : no(404, "not_found"); }
    case "POST /unreadable/:id/read-again": if (key.startsWith("KV")) return no(409, "still_unreadable"); take(key); return ok(null);
    case "POST /unreadable/:id/dismiss": take(key); return ok(null);
    case "POST /unreadable/read-again": return ok({ read: 1, left: 3 });
    case "POST /unreadable/dismiss": { const dismissed = rows.length; take(null); return ok({ dismissed }); }
    case "GET /flows": return ok({ items: [{ id: "FW1", name: "Default", revision: 1, published_revision: 1, valid: true, errors: [], warnings: [], version: 1 }], next_cursor: null });
    case "GET /conversations": return ok({ items: Object.values(conversations), next_cursor: null });
    case "GET /conversations/:id": return conversations[key] ? ok(conversations[key]) : no(404, "not_found");
    case "GET /conversations/:id/messages": return ok({ items: messages[key] ?? [], more: false });
    case "POST /conversations/:id/messages": {
      const conversation = conversations[key];
      if (!conversation) return no(404, "not_found");
      const message = say(conversation, "a", String(body["text"]), 0, { client_id: String(body["client_id"]), private: body["private"] === true, direction: body["private"] === true ? "none" : "out", state: "queued", read_at: null, delivered_at: null });
      later(60, () => { push({ kind: "message.added", message: { ...message } }); touch(key); });
      state(message, "sent", 400); state(message, "delivered", 900);
      if (conversation.channel.kind === "webchat") state(message, "read", 2_000);
      return ok(message);
    }
    case "POST /reservations/:id/accept": {
      const offer = offers[key];
      if (!offer) return no(410, "offer_over");
      delete offers[key];
      const task = moveTask(offer.task.id, { status: "assigned", assigned_at: new Date().toISOString(), worker: { id: worker.id, name: worker.name } }) ?? offer.task;
      const conversation = conversations[task.conversation_id ?? ""];
      if (conversation) { conversation.worker = { id: worker.id, name: worker.name }; say(conversation, "notice", "", 0, { notice: { kind: "joined", params: { name: worker.name } } }); touch(conversation.id); }
      return ok({ ...offer, task, status: "accepted", accepted_at: new Date().toISOString() });
    }
    case "POST /reservations/:id/reject": { const offer = offers[key]; delete offers[key]; return offer ? ok({ ...offer, status: "rejected" }) : no(410, "offer_over"); }
    case "POST /messages/:id/retry": {
      const message = Object.values(messages).flat().find((m) => m.id === key);
      if (!message) return no(404, "not_found");
      state(message, "sending", 50); state(message, "sent", 700); state(message, "delivered", 1_400);
      return ok(message);
    }
    case "POST /messages/:id/arrived": {
      const message = Object.values(messages).flat().find((m) => m.id === key);
      if (!message) return no(404, "not_found");
      if (message.state !== "uncertain") return message.state === "failed" ? no(409, "not_in_doubt") : ok(message);
      state(message, "sent", 50);
      return ok(message);
    }
    case "POST /tasks/:id/wrap": return ok(moveTask(key, { status: "wrapping", wrap_up_until: at(-2) }));
    case "POST /tasks/:id/complete": {
      const conversation = Object.values(conversations).find((c) => c.task?.id === key);
      if (conversation && Number(body["last_seen_seq"]) < conversation.last_seq) return { status: 409, body: { type: "", title: "", status: 409, code: "newer_message", detail: "", params: { seq: conversation.last_seq } } };
      if (conversation) { conversation.state = "closed"; conversation.closed_at = new Date().toISOString(); }
      return ok(moveTask(key, { status: "completed", disposition: String(body["disposition"]) }));
    }
    case "POST /tasks/:id/transfer": case "POST /tasks/:id/assign": case "POST /tasks/:id/requeue": return ok(moveTask(key, { status: "pending", worker: null }));
    case "POST /workers/:id/activity": {
      const activity = desk.activities.find((a) => a.id === body["activity_id"]);
      if (activity) Object.assign(worker, { activity, activity_since: new Date().toISOString(), version: worker.version + 1 });
      return ok({ ...worker });
    }
    case "GET /contacts/:id": return people[key] ? ok(people[key]) : no(404, "not_found");
    case "PUT /contacts/:id/facts/" + at1[4]: case "DELETE /contacts/:id/facts/" + at1[4]: {
      const person = people[key];
      if (person) { person.facts = person.facts.filter((f) => f.key !== at1[4]); if (method === "PUT") person.facts.push({ key: decodeURIComponent(at1[4] ?? ""), label: "", labels: {}, value: String(body["value"]), source: "agent", verified: false, at: at(0), contact_id: person.contact_ids[0] ?? "" }); }
      return ok({});
    }
    case "POST /contacts/:id/join": {
      const person = people[key];
      if (!person) return no(404, "not_found");
      person.claims = [];
      person.joins = [...person.joins, { id: id("KU"), at: at(0), by: me.user.name, evidence: "agent", undone_at: null, contact_ids: [], name: "", addresses: [] }];
      return ok(person);
    }
    case "POST /joins/:id/undo": { const person = Object.values(people).find((one) => one.joins.some((j) => j.id === key)); person?.joins.forEach((j) => { if (j.id === key) j.undone_at = at(0); }); return ok(person); }
    case "GET /search": {
      const q = (url.searchParams.get("q") ?? "").toLowerCase();
      return ok({
        contacts: Object.values(people).filter((one) => one.name.toLowerCase().includes(q)).slice(0, 5).map((one) => ({ person_id: one.id, name: one.name, address: one.addresses[0]?.value ?? "", channel: one.addresses[0]?.channel ?? "" })),
        messages: Object.values(messages).flat().filter((m) => m.text.toLowerCase().includes(q)).slice(0, 5).map((m) => ({ conversation_id: m.conversation_id, message_id: m.id, contact: conversations[m.conversation_id]?.contact.name ?? "", channel: conversations[m.conversation_id]?.channel.kind ?? "", text: m.text, at: m.created_at })),
      });
    }
    default: return no(404, "not_found");
  }
}

const realFetch = window.fetch.bind(window);
window.fetch = async (input, init) => {
  const path = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
  if (!path.startsWith("/api/")) return realFetch(input, init);
  await new Promise((done) => setTimeout(done, 40));
  if (faults.down || !navigator.onLine) throw new TypeError("Failed to fetch");
  const { status, body } = answer(init?.method ?? "GET", path, typeof init?.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {});
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
};
const RealSocket = window.WebSocket;
window.WebSocket = new Proxy(RealSocket, { construct: (target, args) => (String(args[0]).includes("/api/") ? (new FakeSocket() as object) : new target(...(args as [string]))) });

/** Levers for walks and for trying things by hand in the console. */
Object.assign(window, {
  seawayMock: {
    offer: (seconds = 30) => { const offer = makeOffer(seconds); offers[offer.id] = offer; push({ kind: "reservation.created", reservation: offer }); later(seconds * 1000, () => offers[offer.id] && (delete offers[offer.id], push({ kind: "reservation.updated", reservation: { ...offer, status: "timeout" }, went_to: "Ben Kim" }))); },
    write: (name: string, text: string) => { const conversation = Object.values(conversations).find((c) => c.contact.name === name && c.state === "open"); if (conversation) { const message = say(conversation, "c", text); push({ kind: "message.added", message }); touch(conversation.id); } },
    typing: (name: string, on = true) => { const conversation = Object.values(conversations).find((c) => c.contact.name === name); if (conversation) broadcast({ type: "signal", signal: { kind: "typing", conversation_id: conversation.id, author: { kind: "contact", id: null, name }, on } }); },
    missed: () => { Object.assign(worker, { activity: desk.activities[1], activity_since: new Date().toISOString(), version: worker.version + 1 }); push({ kind: "worker.updated", worker: { ...worker }, cause: "missed_offer" }); },
    down: (on = true) => { faults.down = on; if (on) sockets.forEach((socket) => socket.end()); },
    signOut: () => { faults.signedOut = true; },
    open: (name: string) => Object.values(conversations).find((c) => c.contact.name === name && c.state === "open")?.id,
  },
});

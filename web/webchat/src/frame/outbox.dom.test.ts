import { beforeEach, describe, expect, test, vi } from "vitest";
import { loadDraft, newClientId, Outbox, saveDraft, type Outgoing } from "./outbox.ts";
import { Shelf } from "./shelf.ts";

const item = (clientId: string, at: string): Outgoing => ({ clientId, text: `text ${clientId}`, uploads: [{ id: "AT1", name: "a.png", type: "image/png", bytes: 9 }], at, state: "going", problem: null });

beforeEach(() => localStorage.clear());

describe("the outbox", () => {
  test("gives back after a reload what was not confirmed, oldest first, to be tried again under the same id", () => {
    const outbox = new Outbox(new Shelf("seaway.KA1."));
    outbox.put(item("b", "2026-10-02T14:01:00Z"));
    outbox.put(item("a", "2026-10-02T14:00:00Z"));
    outbox.put(item("c", "2026-10-02T14:02:00Z"));
    outbox.remove("c");
    const back = new Outbox(new Shelf("seaway.KA1.")).load();
    expect(back.map((one) => [one.clientId, one.state, one.uploads.length])).toEqual([["a", "waiting", 1], ["b", "waiting", 1]]);
    expect(new Outbox(new Shelf("seaway.KA2.")).load()).toEqual([]);
  });
  test("two tabs never overwrite each other's", () => {
    const [one, two] = [new Outbox(new Shelf("s.")), new Outbox(new Shelf("s."))];
    one.put(item("a", "1"));
    two.put(item("b", "2"));
    one.remove("a");
    expect(two.load().map((kept) => kept.clientId)).toEqual(["b"]);
  });
  test("odd entries are left out instead of breaking the rest", () => {
    localStorage.setItem("s.out.x", "{");
    localStorage.setItem("s.out.y", '{"text":1}');
    new Outbox(new Shelf("s.")).put(item("a", "1"));
    expect(new Outbox(new Shelf("s.")).load()).toHaveLength(1);
  });
});

test("the draft comes back with its files, and goes when it was sent", () => {
  const shelf = new Shelf("s.");
  saveDraft(shelf, { text: "hal", uploads: item("a", "1").uploads });
  expect(loadDraft(new Shelf("s."))).toEqual({ text: "hal", uploads: item("a", "1").uploads });
  saveDraft(shelf, { text: "", uploads: [] });
  expect(localStorage.length).toBe(0);
});

test("where the frame may store nothing, the page keeps it", () => {
  vi.spyOn(globalThis, "localStorage", "get").mockImplementation(() => {
    throw new DOMException("denied", "SecurityError");
  });
  const kept: Record<string, string> = {};
  const keep = (key: string, value: string | null): void => {
    if (value === null) delete kept[key];
    else kept[key] = value;
  };
  new Outbox(new Shelf("s.", {}, keep)).put(item("a", "1"));
  const later = new Outbox(new Shelf("s.", kept, keep));
  expect(later.load()).toHaveLength(1);
  later.remove("a");
  expect(kept).toEqual({});
});

test("a full store loses nothing while the page is there", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  const outbox = new Outbox(new Shelf("s."));
  outbox.put(item("a", "1"));
  expect(outbox.load()).toHaveLength(1);
});

test("client ids are 32 hex digits and differ", () => {
  expect(newClientId()).toMatch(/^[0-9a-f]{32}$/);
  expect(newClientId()).not.toBe(newClientId());
});

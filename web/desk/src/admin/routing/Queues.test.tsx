import type { TaskQueue } from "@seaway/api/types";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startI18n } from "../../i18n/setup.ts";
import { QueueForm } from "./Queues.tsx";

// It asks the live desk for the time.
vi.mock("../hours/HoursSelect.tsx", () => ({ HoursSelect: () => null }));
beforeAll(() => startI18n("en"));
afterEach(() => vi.unstubAllGlobals());

const QUEUE: TaskQueue = { id: "WQ1", name: "Support", target_workers: "1==1", max_reserved_workers: 1, task_order: "FIFO", signature: "", business_hours_id: null, waiting: 3, version: 1 };
let asked: Record<string, unknown>[] = [];

/** Refuses to leave three tasks to nobody, unless that is meant. */
function answer(_path: string, init: RequestInit): Promise<Response> {
  if (init.method !== "PATCH") return Promise.resolve(Response.json({ items: [], next_cursor: null }));
  const change = JSON.parse(String(init.body)) as Record<string, unknown>;
  asked.push(change);
  const refusal = { type: "about:blank", title: "", status: 422, code: "strands_tasks", detail: "Nobody matches this", field: "/target_workers", params: { count: 3 } };
  return Promise.resolve(change["strand_tasks"] === true ? Response.json({ ...QUEUE, ...change, version: 2 }) : Response.json(refusal, { status: 422 }));
}

beforeEach(() => {
  asked = [];
  // The browser of these tests escapes nothing.
  vi.stubGlobal("CSS", { escape: (text: string) => text, supports: () => false });
  vi.stubGlobal("fetch", vi.fn(answer));
});

test("an expression that leaves waiting tasks to nobody is saved when it is meant", async () => {
  render(<QueryClientProvider client={new QueryClient()}><MemoryRouter><QueueForm queue={QUEUE} /></MemoryRouter></QueryClientProvider>);
  fireEvent.change(screen.getByRole("textbox", { name: "Who may take from it" }), { target: { value: "level > 99" } });
  fireEvent.click(screen.getByRole("button", { name: /^Save/ }));
  const question = await screen.findByRole("alertdialog");
  expect(question.textContent).toContain("3 tasks wait here");
  fireEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Who may take from it" }).value).toBe("level > 99");

  fireEvent.click(screen.getByRole("button", { name: /^Save/ }));
  fireEvent.click(await screen.findByRole("button", { name: "Save anyway" }));
  await waitFor(() => expect(asked).toHaveLength(3));
  const change = { target_workers: "level > 99", version: 1 };
  expect(asked).toEqual([change, change, { ...change, strand_tasks: true }]);
});

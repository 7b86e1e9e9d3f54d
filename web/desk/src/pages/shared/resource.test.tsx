import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { useAll } from "./resource.ts";

afterEach(() => vi.unstubAllGlobals());

/** A server with so many rows, which gives 200 a page at most. */
function serve(rows: number) {
  const fetched = vi.fn((path: string) => {
    const query = new URL(path, "http://desk").searchParams;
    const from = Number(query.get("cursor") ?? 0);
    const to = Math.min(from + Math.min(Number(query.get("limit") ?? 50), 200), rows);
    return Promise.resolve(Response.json({ items: Array.from({ length: to - from }, (_, no) => from + no), next_cursor: to < rows ? String(to) : null }));
  });
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

async function readAll(): Promise<number[]> {
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>;
  const { result } = renderHook(() => useAll<number>("/task-queues"), { wrapper });
  await waitFor(() => expect(result.current.data).toBeDefined());
  return result.current.data ?? [];
}

test.each([[4_321, 4_321, 22], [12_000, 10_000, 50]])("of %i rows %i are read, in %i pages", async (rows, read, pages) => {
  const fetched = serve(rows);
  const items = await readAll();
  expect([items.length, new Set(items).size]).toEqual([read, read]);
  expect(fetched).toHaveBeenCalledTimes(pages);
});

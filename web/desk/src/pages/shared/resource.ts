// How a page reads and changes things of the workspace. The query key is the path, so a change names what to read again.
import type { Page } from "@seaway/api/types";
import { useInfiniteQuery, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { asRefusal, http, ws, type Refusal } from "../../api/http.ts";

/** Rows of a page, the most that the server gives; and how many of a list are read in all. */
const PAGE_ROWS = 200;
const ROWS_MAX = 10_000;

export function useOne<T>(path: string | null, options: { every_ms?: number } = {}): UseQueryResult<T, Refusal> {
  return useQuery<T, Refusal>({
    queryKey: ["ws", ...parts(path)],
    queryFn: ({ signal }) => http.get<T>(ws(path ?? ""), { signal }).catch(refuse),
    enabled: path !== null,
    retry: false,
    refetchInterval: options.every_ms ?? false,
  });
}

/** The whole list, following its cursors. */
export function useAll<T>(path: string | null): UseQueryResult<T[], Refusal> {
  return useQuery<T[], Refusal>({
    queryKey: ["ws", ...parts(path), "all"],
    queryFn: ({ signal }) => readAll<T>(path ?? "", signal).catch(refuse),
    enabled: path !== null,
    retry: false,
  });
}

async function readAll<T>(path: string, signal: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < ROWS_MAX / PAGE_ROWS; page += 1) {
    const answer: Page<T> = await http.get<Page<T>>(ws(withCursor(withQuery(path, `limit=${PAGE_ROWS}`), cursor)), { signal });
    items.push(...answer.items);
    cursor = answer.next_cursor ?? null;
    if (!cursor) break;
  }
  return items;
}

/** A long list, a page at a time. */
export function usePages<T>(path: string | null) {
  const query = useInfiniteQuery({
    queryKey: ["ws", ...parts(path), "pages"],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) => http.get<Page<T>>(ws(withCursor(path ?? "", pageParam)), { signal }).catch(refuse),
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page<T>) => last.next_cursor,
    enabled: path !== null,
    retry: false,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}

function withCursor(path: string, cursor: string | null): string {
  return cursor ? withQuery(path, `cursor=${encodeURIComponent(cursor)}`) : path;
}

function withQuery(path: string, asked: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}${asked}`;
}

function refuse(thrown: unknown): never {
  throw thrown instanceof DOMException ? thrown : asRefusal(thrown);
}

function parts(path: string | null): string[] {
  return (path ?? "").split(/[/?]/).filter(Boolean);
}

/** Says that everything under these paths ("/task-queues") is to be read again. */
export function useForget(): (...paths: string[]) => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async (...paths: string[]) => {
    await Promise.all(paths.map((path) => queries.invalidateQueries({ queryKey: ["ws", ...parts(path)] })));
  }, [queries]);
}

/** One thing being done: its button waits, its refusal is kept until the next try. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const run = useCallback(async <T>(work: () => Promise<T>): Promise<T | null> => {
    setBusy(true);
    setRefusal(null);
    try {
      return await work();
    } catch (thrown) {
      setRefusal(asRefusal(thrown));
      return null;
    } finally {
      setBusy(false);
    }
  }, []);
  return { run, busy, refusal, clear: useCallback(() => setRefusal(null), []) };
}

// The live desk of the signed-in worker: one store, one stream, one outbox. Screens read it with `useDesk`
// and change the world through `useCommands` (commands.ts), never by touching the store.
import type { DeskEvent, DeskFrame, Desk, Message, Person, StreamFrame } from "@seaway/api/types";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { asRefusal, http, ws, type Refusal } from "../api/http.ts";
import { isOutdated } from "../contact/outdated.ts";
import { useMe, useSession } from "../session/session.tsx";
import { apply, type Change } from "./apply.ts";
import { EMPTY_DESK, type DeskState } from "./desk-state.ts";
import { loadOutbox, pumpOutbox, saveOutbox } from "./outbox.ts";
import { activeOf, wrappingOf } from "./select.ts";
import { createStore, useStore, type Store } from "./store.ts";
import { openStream, type Stream } from "./stream.ts";

type EventListener = (event: DeskEvent, before: DeskState, after: DeskState) => void;

export interface LiveDesk {
  store: Store<DeskState>;
  dispatch: (change: Change) => void;
  signal: (frame: DeskFrame) => boolean;
  /** Hears every applied event once; for sounds, notifications and announcements. */
  listen: (listener: EventListener) => () => void;
  loadLog: (conversationId: string, part?: "latest" | "earlier") => Promise<void>;
  reload: () => Promise<void>;
}

const Context = createContext<{ live: LiveDesk; failure: Refusal | null } | null>(null);
const PAGE = 50;

export function DeskProvider({ children }: { children: ReactNode }) {
  const me = useMe();
  const { session, ask } = useSession();
  const queries = useQueryClient();
  const [failure, setFailure] = useState<Refusal | null>(null);
  const stream = useRef<Stream | null>(null);
  const known = useRef<string | null>(null);
  const owner = me.worker?.id ?? me.user.id;
  const live = useMemo(() => makeDesk(owner, stream, () => void queries.invalidateQueries()), [owner, queries]);
  const expired = session.phase === "signed-in" && session.expired;

  useEffect(() => {
    if (expired) return;
    let ended = false;
    const heard = live.listen((event) => {
      if (event.kind === "person.updated") void queries.invalidateQueries({ queryKey: ["person", event.person_id] });
      if (event.kind === "conversation.updated") {
        const key = ["person", event.conversation.contact.person_id];
        if (isOutdated(queries.getQueryData<Person>(key), event.conversation)) void queries.invalidateQueries({ queryKey: key });
      }
      if (event.kind === "settings.updated") void live.reload().catch(() => undefined);
    });
    async function start(): Promise<void> {
      try {
        await live.reload();
      } catch (thrown) {
        if (!ended) setFailure(asRefusal(thrown));
        return;
      }
      if (ended) return;
      setFailure(null);
      stream.current = openStream({
        ticket: async () => {
          const { ticket, since } = await http.post<{ ticket: string; since: string }>(ws("/stream-ticket"));
          // The same ids over other data, as after a demo's reset: nothing this page holds is true any more.
          if (known.current !== null && known.current !== since) location.assign(/^\/(desk|contacts)\//.test(location.pathname) ? "/desk" : location.href);
          known.current = since;
          return ticket;
        },
        position: () => live.store.get().position,
        url: (ticket, from) => `${location.origin.replace(/^http/, "ws")}${ws("/stream")}?ticket=${encodeURIComponent(ticket)}&from=${from}`,
        open: (url) => new WebSocket(url),
        onFrame: (frame) => live.dispatch({ type: "frame", frame, at: Date.now() }),
        onLine: (up) => {
          live.dispatch({ type: "line", up, at: Date.now() });
          if (up) void queries.invalidateQueries();
        },
        onReload: () => live.reload(),
        onSignedOut: () => void http.get(ws("/desk")).catch(() => undefined),
        onRightsChanged: () => void ask(),
        random: Math.random,
      });
    }
    void start();
    const online = () => stream.current?.hurry();
    const offline = () => stream.current?.lost();
    const tick = setInterval(() => live.dispatch({ type: "tick", at: Date.now() }), 1_000);
    addEventListener("online", online);
    addEventListener("offline", offline);
    return () => {
      ended = true;
      heard();
      clearInterval(tick);
      removeEventListener("online", online);
      removeEventListener("offline", offline);
      stream.current?.close();
      stream.current = null;
    };
  }, [live, queries, ask, expired]);

  const value = useMemo(() => ({ live, failure }), [live, failure]);
  return <Context value={value}>{children}</Context>;
}

function makeDesk(owner: string, stream: { current: Stream | null }, refresh: () => void): LiveDesk {
  const store = createStore<DeskState>({ ...EMPTY_DESK, outbox: loadOutbox(localStorage, owner) });
  const listeners = new Set<EventListener>();
  const loading = new Set<string>();
  let later: ReturnType<typeof setTimeout> | undefined;

  function dispatch(change: Change): void {
    const before = store.get();
    const after = apply(before, change);
    if (after === before) return;
    store.set(after);
    if (after.outbox !== before.outbox) {
      saveOutbox(localStorage, owner, before.outbox, after.outbox);
      if (change.type === "outgoing" || change.type === "outgoing.dropped") pump();
    }
    if (change.type === "line" && change.up) pump();
    if (change.type === "frame") tell(change.frame, before, after);
  }

  function tell(frame: StreamFrame, before: DeskState, after: DeskState): void {
    if (frame.type !== "event" || frame.seq <= before.position) return;
    listeners.forEach((listener) => listener(frame.event, before, after));
    const { event } = frame;
    if (event.kind === "conversation.updated" && !before.conversations[event.conversation.id]) void loadLog(event.conversation.id).catch(() => undefined);
  }

  function pump(): void {
    // Without a line the message stays in the box; it goes out when the line is back.
    if (!store.get().line.up || store.get().phase !== "ready") return;
    pumpOutbox({
      get: store.get,
      dispatch,
      later: (ms) => {
        clearTimeout(later);
        later = setTimeout(pump, ms);
      },
    });
  }

  async function loadLog(conversationId: string, part: "latest" | "earlier" = "latest"): Promise<void> {
    const key = `${conversationId} ${part}`;
    if (loading.has(key)) return;
    loading.add(key);
    try {
      const before = part === "earlier" ? store.get().logs[conversationId]?.items[0]?.seq : undefined;
      const query = before === undefined ? `limit=${PAGE}` : `limit=${PAGE}&before=${before}`;
      const page = await http.get<{ items: Message[]; more: boolean }>(ws(`/conversations/${conversationId}/messages?${query}`));
      dispatch({ type: "log", conversation_id: conversationId, items: page.items, more: page.more, part });
    } finally {
      loading.delete(key);
    }
  }

  async function reload(): Promise<void> {
    const desk = await http.get<Desk>(ws("/desk"));
    dispatch({ type: "desk", desk, at: Date.now() });
    const state = store.get();
    // Few and small: having them makes counts exact and opening instant.
    await Promise.allSettled([...activeOf(state), ...wrappingOf(state)].map((c) => loadLog(c.id)));
    refresh();
    pump();
  }

  return {
    store, dispatch, reload, loadLog,
    signal: (frame) => stream.current?.send(frame) ?? false,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useLive(): LiveDesk {
  const context = useContext(Context);
  if (!context) throw new Error("useLive outside DeskProvider");
  return context.live;
}

export function useDeskFailure(): Refusal | null {
  return useContext(Context)?.failure ?? null;
}

/** Part of the desk's facts; `select` must return what the state holds, not a new array. */
export function useDesk<S>(select: (state: DeskState) => S): S {
  return useStore(useLive().store, select);
}

/** All facts; for panes that compute from many of them. */
export function useDeskState(): DeskState {
  return useDesk((state) => state);
}

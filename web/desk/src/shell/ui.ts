// What is open on this screen: overlays, panes, the composer's side. Facts are elsewhere; this may be forgotten at any time.
import type { Attachment, Message } from "@seaway/api/types";
import { createStore, useStore, type Store } from "../state/store.ts";

export interface Ui {
  overlay: "palette" | "keys" | "transfer" | "assign" | null;
  /** Words the palette starts with. */
  paletteText: string;
  contextOpen: boolean;
  navOpen: boolean;
  /** Null: no filter is open. */
  filter: string | null;
  mode: Record<string, "reply" | "note">;
  /** By conversation, the message that the next reply answers. */
  quoting: Record<string, Message | null>;
  lightbox: Attachment | null;
  /** An earlier conversation, read beside the open one. */
  earlier: string | null;
}

const KEPT = "seaway.panes";

function kept(): Partial<Pick<Ui, "contextOpen" | "navOpen">> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Pick<Ui, "contextOpen" | "navOpen">>;
  } catch {
    return {};
  }
}

export const ui: Store<Ui> = createStore<Ui>({
  overlay: null, paletteText: "", filter: null, mode: {}, quoting: {}, lightbox: null, earlier: null,
  contextOpen: innerWidth >= 1100, navOpen: innerWidth >= 1600, ...(innerWidth >= 900 ? kept() : {}),
});

export function changeUi(change: Partial<Ui>): void {
  const next = { ...ui.get(), ...change };
  ui.set(next);
  if (("contextOpen" in change || "navOpen" in change) && innerWidth >= 900) localStorage.setItem(KEPT, JSON.stringify({ contextOpen: next.contextOpen, navOpen: next.navOpen }));
}

// On a screen that became narrower, a panel that stood beside the conversation does not stay in front of it.
for (const width of [1099, 899]) {
  matchMedia(`(max-width: ${width}px)`).addEventListener("change", ({ matches }) => {
    if (matches) ui.set({ ...ui.get(), contextOpen: false });
  });
}

export function useUi<S>(select: (ui: Ui) => S): S {
  return useStore(ui, select);
}

/** Puts the cursor where one writes, after the screen has drawn. */
export function focusComposer(): void {
  requestAnimationFrame(() => document.getElementById("composer-text")?.focus());
}

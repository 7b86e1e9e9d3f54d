// Words for the ear. One polite line; the same words twice are spoken twice.
import { createStore } from "../state/store.ts";

export const announcement = createStore<{ text: string; no: number }>({ text: "", no: 0 });

export function announce(text: string): void {
  announcement.set({ text, no: announcement.get().no + 1 });
}

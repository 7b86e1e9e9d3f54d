// The one toast of the app: a new one replaces the old one. Undo lives here so that the key Z and the button do the same.
export interface Toast {
  id: number;
  text: string;
  /** Without it there is nothing to take back. */
  undo?: { label: string; run: () => void | Promise<void> };
  /** Seconds it stays. */
  stays_s: number;
}

let current: Toast | null = null;
let nextId = 1;
const listeners = new Set<() => void>();

function set(toast: Toast | null): void {
  current = toast;
  listeners.forEach((tell) => tell());
}

/** `stays_s` 5 without undo, 10 with it, unless said otherwise. */
export function toast(text: string, options: { undo?: Toast["undo"]; stays_s?: number } = {}): void {
  set({ id: nextId++, text, undo: options.undo, stays_s: options.stays_s ?? (options.undo ? 10 : 5) });
}

/** Takes back what the shown toast offers to. False when there is nothing to undo. */
export function undoToast(): boolean {
  const undo = current?.undo;
  if (!undo) return false;
  set(null);
  void undo.run();
  return true;
}

export function closeToast(id: number): void {
  if (current?.id === id) set(null);
}

export const toastStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  read: (): Toast | null => current,
};

// A corner of localStorage for one channel. Where the browser forbids storage, or it is full, memory stands in until the page goes.

export class Shelf {
  readonly #memory = new Map<string, string>();
  constructor(private readonly prefix: string) {}

  read(key: string): string | null {
    try {
      return localStorage.getItem(this.prefix + key) ?? this.#memory.get(key) ?? null;
    } catch {
      return this.#memory.get(key) ?? null;
    }
  }
  write(key: string, value: string): void {
    try {
      localStorage.setItem(this.prefix + key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }
  remove(key: string): void {
    this.#memory.delete(key);
    try {
      localStorage.removeItem(this.prefix + key);
    } catch {
      // Nothing was stored, so nothing stays.
    }
  }
  keys(start: string): string[] {
    const found = new Set([...this.#memory.keys()].filter((key) => key.startsWith(start)));
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key?.startsWith(this.prefix + start)) found.add(key.slice(this.prefix.length));
      }
    } catch {
      // Memory's keys are all there are.
    }
    return [...found];
  }
  /** Calls back when another tab changed `key`; null when it was removed. */
  watch(key: string, changed: (value: string | null) => void): void {
    addEventListener("storage", (event) => {
      if (event.key === this.prefix + key) changed(event.newValue);
    });
  }
}

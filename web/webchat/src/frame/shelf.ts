// A corner of localStorage for one channel. Browsers that forbid storage to a frame of another site leave it to the page around
// it; where that fails too, or the store is full, memory stands in until the page goes.

export class Shelf {
  readonly #memory: Map<string, string>;
  readonly #store: Storage | undefined;

  /** `keep` hears every change that localStorage does not take; `kept` is what it was given before. */
  constructor(
    private readonly prefix: string,
    kept: Record<string, string> = {},
    private readonly keep: (key: string, value: string | null) => void = () => {},
  ) {
    this.#store = storage();
    this.#memory = new Map(this.#store ? [] : Object.entries(kept));
  }

  read(key: string): string | null {
    return this.#memory.get(key) ?? this.#store?.getItem(this.prefix + key) ?? null;
  }
  write(key: string, value: string): void {
    try {
      if (this.#store) {
        this.#store.setItem(this.prefix + key, value);
        this.#memory.delete(key);
        return;
      }
      this.keep(key, value);
    } catch {
      // Full: what memory holds is better than nothing.
    }
    this.#memory.set(key, value);
  }
  remove(key: string): void {
    if (!this.#store && this.#memory.has(key)) this.keep(key, null);
    this.#memory.delete(key);
    this.#store?.removeItem(this.prefix + key);
  }
  keys(start: string): string[] {
    const stored = this.#store ? Object.keys(this.#store).flatMap((key) => (key.startsWith(this.prefix) ? key.slice(this.prefix.length) : [])) : [];
    return [...new Set([...this.#memory.keys(), ...stored])].filter((key) => key.startsWith(start));
  }
  /** Calls back when another tab changed `key`; null when it was removed. */
  watch(key: string, changed: (value: string | null) => void): void {
    addEventListener("storage", (event) => {
      if (event.key === this.prefix + key) changed(event.newValue);
    });
  }
}

function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

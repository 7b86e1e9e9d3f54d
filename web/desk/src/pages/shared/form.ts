// A form is what the server has (`base`) under what was typed (`edits`). Edits live until saved or discarded, also when one leaves the page.
// When somebody else saved in between, the newer base is put under the same edits: nothing typed is lost.
import { useCallback, useState } from "react";
import { asRefusal, type Refusal } from "../../api/http.ts";
import { blames, problemWords } from "./problem.ts";

/** Until the refusal is drawn and the field knows it is invalid. */
const FOCUS_AFTER_MS = 50;

interface Draft { base: unknown; edits: Record<string, unknown> }
const drafts = new Map<string, Draft>();

export interface Form<T> {
  values: T;
  set: <K extends keyof T & string>(key: K, value: T[K]) => void;
  /** Several at once. */
  merge: (change: Partial<T>) => void;
  dirty: boolean;
  busy: boolean;
  refusal: Refusal | null;
  /** Somebody else saved in between. */
  stale: boolean;
  /** The newer version lies under our edits. */
  kept: boolean;
  /** The words for one input, when the refusal blames it. */
  errorOf: (pointer: string) => string | null;
  discard: () => void;
  /** Reads the newest version and keeps what was typed. */
  reload: () => Promise<void>;
  /** The saved thing, or null when refused. */
  save: () => Promise<T | null>;
}

export interface FormSource<T> {
  /** Names the draft, e.g. the resource's path. */
  key: string;
  base: T;
  /** `changed` has only what differs from `base`. */
  save: (changed: Partial<T>, base: T) => Promise<T>;
  fresh?: () => Promise<T>;
}

export function useForm<T extends object>({ key, base: latest, save, fresh }: FormSource<T>): Form<T> {
  const [draft, setDraft] = useState<Draft | null>(() => drafts.get(key) ?? null);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [kept, setKept] = useState(false);
  const base = (draft?.base ?? latest) as T;
  const edits = (draft?.edits ?? {}) as Partial<T>;

  const keep = useCallback((next: Draft | null) => {
    if (next) drafts.set(key, next);
    else drafts.delete(key);
    setDraft(next);
  }, [key]);

  function merge(change: Partial<T>): void {
    const next = rebase({ ...edits, ...change }, base);
    keep(Object.keys(next).length > 0 ? { base, edits: next } : null);
  }

  async function run(): Promise<T | null> {
    setBusy(true);
    setRefusal(null);
    try {
      const saved = await save(edits, base);
      keep(null);
      setKept(false);
      return saved;
    } catch (thrown) {
      setRefusal(asRefusal(thrown));
      focusFirstInvalid();
      return null;
    } finally {
      setBusy(false);
    }
  }

  return {
    values: { ...base, ...edits },
    set: (name, value) => merge({ [name]: value } as unknown as Partial<T>),
    merge,
    dirty: Object.keys(edits).length > 0,
    busy,
    refusal,
    stale: refusal?.code === "stale_version",
    kept,
    errorOf: (pointer) => (blames(refusal, pointer) ? problemWords(refusal) : null),
    discard: () => { keep(null); setRefusal(null); setKept(false); },
    reload: async () => {
      if (!fresh) return;
      try {
        const newest = await fresh();
        keep({ base: newest, edits: rebase(edits, newest) });
        setRefusal(null);
        setKept(true);
      } catch (thrown) {
        setRefusal(asRefusal(thrown));
      }
    },
    save: run,
  };
}

/** What of the edits still differs from the newer base. */
export function rebase<T extends object>(edits: Partial<T>, base: T): Record<string, unknown> {
  return Object.fromEntries(Object.entries(edits).filter(([name, value]) => !same(value, (base as Record<string, unknown>)[name])));
}

/** Equal as JSON. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function focusFirstInvalid(): void {
  setTimeout(() => document.querySelector<HTMLElement>("[aria-invalid='true']:not([data-focus-scope])")?.focus(), FOCUS_AFTER_MS);
}

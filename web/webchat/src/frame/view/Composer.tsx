/* oxlint-disable react/immutability -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import { loadDraft, newClientId, saveDraft } from "../outbox.ts";
import { passing } from "../problem.ts";
import type { State } from "../state.ts";
import { say } from "../texts.ts";
import { characters } from "../words.ts";
import type { Pending } from "./Files.tsx";
import { Icon } from "./Icon.tsx";

type Part = typeof import("./Files.tsx");

/** Milliseconds. */
const TYPING_AGAIN_MS = 3_000;
const TYPING_ENDS_MS = 5_000;

export function Composer({ state, chat, box }: { state: State; chat: Chat; box: RefObject<HTMLTextAreaElement | null> }) {
  const { language, limits } = state;
  const [draft] = useState(() => loadDraft(chat.shelf));
  const [text, setText] = useState(draft.text);
  const [files, setFiles] = useState<Pending[]>(() => draft.uploads.map((upload) => ({ key: upload.id, name: upload.name, bytes: upload.bytes, share: 1, upload, problem: null, again: null, stop: () => {} })));
  const [part, setPart] = useState<Part>();
  const [hint, setHint] = useState("");
  const [dragging, setDragging] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  /** Files that are in the list or about to be. */
  const count = useRef(files.length);
  const typing = useTyping(chat);

  const ready = state.phase === "ready";
  const near = text.length > limits.text * 0.95;
  const over = near ? characters(text) - limits.text : -1;
  const uploading = files.some((file) => file.upload === null && file.problem === null);
  const uploads = files.flatMap((file) => file.upload ?? []);
  const nothing = text.trim() === "" && uploads.length === 0;

  useEffect(() => saveDraft(chat.shelf, { text, uploads: files.flatMap((file) => file.upload ?? []) }), [chat, text, files]);

  const asks = files.length > 0;
  useEffect(() => {
    if (asks) void load();
  }, [asks]);

  useLayoutEffect(() => {
    const field = box.current;
    if (!field) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  }, [box, text]);

  useEffect(() => {
    // Dropping works on the whole chat; without this the browser would leave it for the file.
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setDragging(event.type !== "dragleave" || event.relatedTarget !== null);
    };
    const drop = (event: DragEvent): void => {
      setDragging(false);
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      void add([...event.dataTransfer.files]);
    };
    const names = ["dragenter", "dragover", "dragleave"] as const;
    for (const name of names) document.addEventListener(name, over);
    document.addEventListener("drop", drop);
    return () => {
      for (const name of names) document.removeEventListener(name, over);
      document.removeEventListener("drop", drop);
    };
  });

  /** The part that knows files; nothing when it cannot be loaded now. */
  async function load(): Promise<Part | undefined> {
    const loaded = part ?? (await import("./Files.tsx").catch(() => undefined));
    setPart(loaded);
    return loaded;
  }
  function update(key: string, change: Partial<Pending>): void {
    setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...change } : one)));
  }
  async function add(list: File[]): Promise<void> {
    const known = await load();
    setHint("");
    if (!ready || !known) return setHint(say(language, "pNetwork"));
    for (const file of list) {
      const refusal = known.refuseFile(language, file, limits, known.MOST_FILES - count.current);
      if (refusal) setHint(refusal);
      else begin(known, newClientId(), file, true);
    }
  }
  function begin(known: Part, key: string, file: File, isNew: boolean): void {
    const stop = known.upload(
      chat.api,
      file,
      (share) => update(key, { share }),
      (result) => {
        update(key, "status" in result ? { problem: result, again: passing(result) ? file : null } : { upload: result, share: 1 });
        // It may have said to wait for this file.
        setHint("");
      },
    );
    const pending: Pending = { key, name: file.name, bytes: file.size, share: 0, upload: null, problem: null, again: null, stop };
    if (isNew) count.current++;
    if (isNew) setFiles((all) => [...all, pending]);
    else update(key, pending);
  }
  function remove(file: Pending): void {
    file.stop();
    count.current--;
    setFiles((all) => all.filter((one) => one.key !== file.key));
    // What was said of files was said of other files than are there now.
    setHint("");
    box.current?.focus();
  }

  function send(): void {
    if (uploading) return setHint(part?.FILE_TEXTS[language].stillUploading ?? "");
    if (nothing || over > 0) return;
    chat.say(text.trim(), uploads);
    setText("");
    setFiles([]);
    count.current = 0;
    setHint("");
    typing.end();
    box.current?.focus();
  }
  function keys(event: KeyboardEvent): void {
    // 229: some browsers report the Enter that ends a composition after it has ended.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  }
  function paste(event: ClipboardEvent): void {
    const pasted = event.clipboardData?.files;
    if (!pasted?.length) return;
    event.preventDefault();
    void add([...pasted]);
  }

  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      {part && asks && <part.Files files={files} state={state} onAgain={(key, file) => begin(part, key, file, false)} onRemove={remove} />}
      {hint !== "" && (
        <p class="hint" role="alert">
          {hint}
        </p>
      )}
      {near && (
        <p class={over > 0 ? "hint over" : "hint"} role={over > 0 ? "alert" : undefined}>
          {over > 0 ? say(language, "tooLong", { count: number(language, over) }) : say(language, "left1", { count: number(language, -over) })}
        </p>
      )}
      <div class="field">
        <textarea
          ref={box}
          rows={1}
          value={text}
          dir="auto"
          aria-label={say(language, "message")}
          aria-invalid={over > 0}
          placeholder={say(language, "write")}
          enterkeyhint="send"
          autocomplete="off"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setHint("");
            if (event.currentTarget.value.trim() === "") typing.end();
            else typing.on();
          }}
          onKeyDown={keys}
          onPaste={paste}
        />
        <input ref={picker} type="file" multiple hidden accept={limits.attachmentTypes.join(",")} onChange={(event) => (void add([...(event.currentTarget.files ?? [])]), (event.currentTarget.value = ""))} />
        <button type="button" class="ib" aria-label={say(language, "attach")} title={say(language, "attach")} disabled={!ready} onClick={() => (setHint(""), void load(), picker.current?.click())}>
          <Icon name="clip" />
        </button>
        <button type="submit" class="send" aria-label={say(language, "send")} title={say(language, "send")} aria-disabled={nothing || over > 0 || uploading}>
          <Icon name="send" />
        </button>
      </div>
      {dragging && <p class="drop">{say(language, "drop")}</p>}
    </form>
  );
}

function number(language: string, value: number): string {
  return new Intl.NumberFormat(language).format(value);
}

/** Tells the other side that somebody writes: now and again while keys come, and once when they stop. */
function useTyping(chat: Chat): { on: () => void; end: () => void } {
  const told = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  function end(): void {
    clearTimeout(timer.current);
    if (told.current === 0) return;
    told.current = 0;
    chat.typing(false);
  }
  function on(): void {
    clearTimeout(timer.current);
    timer.current = setTimeout(end, TYPING_ENDS_MS);
    if (Date.now() - told.current < TYPING_AGAIN_MS) return;
    told.current = Date.now();
    chat.typing(true);
  }
  return { on, end };
}

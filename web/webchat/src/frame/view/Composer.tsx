/* oxlint-disable react/immutability -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat.ts";
import { loadDraft, newClientId, saveDraft, type Upload } from "../outbox.ts";
import { passing, type Problem } from "../problem.ts";
import type { State } from "../state.ts";
import { say } from "../texts.ts";
import { characters, MOST_FILES, refuseFile } from "../uploads.ts";
import { problemWords, size } from "../words.ts";
import { Icon } from "./Icon.tsx";

interface Pending {
  key: string;
  name: string;
  bytes: number;
  /** 0 to 1. */
  share: number;
  upload: Upload | null;
  problem: Problem | null;
  /** What another try may bring through; null for what would be refused again. */
  again: File | null;
  stop: () => void;
}

/** Milliseconds. */
const TYPING_AGAIN_MS = 3_000;
const TYPING_ENDS_MS = 5_000;

export function Composer({ state, chat, box }: { state: State; chat: Chat; box: RefObject<HTMLTextAreaElement | null> }) {
  const { language, limits } = state;
  const [draft] = useState(() => loadDraft(chat.shelf));
  const [text, setText] = useState(draft.text);
  const [files, setFiles] = useState<Pending[]>(() => draft.uploads.map((upload) => ({ key: upload.id, name: upload.name, bytes: upload.bytes, share: 1, upload, problem: null, again: null, stop: () => {} })));
  const [hint, setHint] = useState("");
  const [dragging, setDragging] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const typing = useTyping(chat);

  const ready = state.phase === "ready";
  const near = text.length > limits.text * 0.95;
  const over = near ? characters(text) - limits.text : -1;
  const uploading = files.some((file) => file.upload === null && file.problem === null);
  const uploads = files.flatMap((file) => file.upload ?? []);
  const nothing = text.trim() === "" && uploads.length === 0;

  useEffect(() => saveDraft(chat.shelf, { text, uploads: files.flatMap((file) => file.upload ?? []) }), [chat, text, files]);

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
      add(event.dataTransfer.files);
    };
    const names = ["dragenter", "dragover", "dragleave"] as const;
    for (const name of names) document.addEventListener(name, over);
    document.addEventListener("drop", drop);
    return () => {
      for (const name of names) document.removeEventListener(name, over);
      document.removeEventListener("drop", drop);
    };
  });

  function update(key: string, change: Partial<Pending>): void {
    setFiles((all) => all.map((one) => (one.key === key ? { ...one, ...change } : one)));
  }
  function add(list: FileList | File[]): void {
    setHint("");
    let room = MOST_FILES - files.length;
    for (const file of list) {
      const refusal = refuseFile(language, file, limits);
      if (!ready) setHint(say(language, "pNetwork"));
      else if (refusal) setHint(say(language, refusal.key, refusal.params));
      else if (room-- <= 0) setHint(say(language, "tooMany", { limit: MOST_FILES }));
      else begin(newClientId(), file, true);
    }
  }
  function begin(key: string, file: File, isNew: boolean): void {
    const stop = chat.api.upload(
      file,
      (share) => update(key, { share }),
      (result) => {
        update(key, "status" in result ? { problem: result, again: passing(result) ? file : null } : { upload: result, share: 1 });
        // It may have said to wait for this file.
        setHint("");
      },
    );
    const pending: Pending = { key, name: file.name, bytes: file.size, share: 0, upload: null, problem: null, again: null, stop };
    if (isNew) setFiles((all) => [...all, pending]);
    else update(key, pending);
  }
  function remove(file: Pending): void {
    file.stop();
    setFiles((all) => all.filter((one) => one.key !== file.key));
    // What was said of files was said of other files than are there now.
    setHint("");
    box.current?.focus();
  }

  function send(): void {
    if (uploading) return setHint(say(language, "stillUploading"));
    if (nothing || over > 0) return;
    chat.say(text.trim(), uploads);
    setText("");
    setFiles([]);
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
    add(pasted);
  }

  return (
    <form class="composer" onSubmit={(event) => (event.preventDefault(), send())}>
      {files.length > 0 && (
        <ul class="files">
          {files.map((file) => (
            <li key={file.key} class={file.problem ? "failed" : ""}>
              <Icon name="file" />
              <span class="name" title={file.name} dir="auto">
                {file.name}
              </span>
              <span class="size">{file.upload === null && !file.problem ? `${Math.round(file.share * 100)} %` : size(language, file.bytes)}</span>
              {file.problem && (
                <button type="button" class="link" onClick={() => (file.again ? begin(file.key, file.again, false) : remove(file))}>
                  {say(language, file.again ? "retry" : "remove")}
                </button>
              )}
              <button type="button" class="ib small" aria-label={say(language, "removeFile", { name: file.name })} title={say(language, "removeFile", { name: file.name })} onClick={() => remove(file)}>
                <Icon name="cross" />
              </button>
              {file.upload === null && !file.problem && <progress max={1} value={file.share} aria-label={say(language, "uploading", { name: file.name, percent: Math.round(file.share * 100) })} />}
              {file.problem && (
                <span class="why" role="alert">
                  {problemWords(language, file.problem, "file", limits)}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
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
        <input ref={picker} type="file" multiple hidden accept={limits.attachmentTypes.join(",")} onChange={(event) => (add([...(event.currentTarget.files ?? [])]), (event.currentTarget.value = ""))} />
        <button type="button" class="ib" aria-label={say(language, "attach")} title={say(language, "attach")} disabled={!ready} onClick={() => (setHint(""), picker.current?.click())}>
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

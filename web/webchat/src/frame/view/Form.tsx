/* oxlint-disable react/immutability -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import { useEffect, useRef, useState } from "preact/hooks";
import { adopt } from "../adopt.ts";
import { problemOf } from "../api.ts";
import type { Chat } from "../chat.ts";
import { LONGEST, loadAnswers, look, parseFields, parseWrong, read, saveAnswers, type Field, type Wrong } from "../form.ts";
import { linkify } from "../linkify.ts";
import { sessionOver } from "../problem.ts";
import type { State } from "../state.ts";
import { problemWords } from "../words.ts";
import { FORM_TEXTS, type FormTexts } from "./form-texts.ts";
import RULES from "./form.css?inline";

adopt(RULES);

const FILL: Partial<Record<Field["type"], "name" | "email" | "tel">> = { name: "name", email: "email", phone: "tel" };

/** What is asked before the first message. Everything typed is kept until the server has taken it. */
export function Form({ state, chat }: { state: State; chat: Chat }) {
  const { language } = state;
  const fields = parseFields(state.form);
  const words = FORM_TEXTS[language];
  const [answers, setAnswers] = useState(() => loadAnswers(chat.shelf));
  const [wrong, setWrong] = useState<Wrong>({});
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const greeting = state.appearance.greeting[language];
  const count = Object.keys(wrong).length;

  useEffect(() => {
    // Whoever opened the chat by key goes on at its first field; on a touch screen the keyboard would cover the form.
    if (document.hasFocus() && matchMedia("(pointer: fine)").matches) box.current?.querySelector<HTMLElement>("input, select")?.focus();
    // The form is taken: on to the first message.
    return () => void requestAnimationFrame(() => matchMedia("(pointer: fine)").matches && document.querySelector("textarea")?.focus());
  }, []);

  function put(key: string, text: string): void {
    const next = { ...answers, [key]: text };
    setAnswers(next);
    saveAnswers(chat.shelf, next);
    // What was wrong is not said of what stands there now.
    if (wrong[key]) setWrong(Object.fromEntries(Object.entries(wrong).filter(([one]) => one !== key)));
    setProblem("");
  }
  function refuse(found: Wrong): void {
    setWrong(found);
    const first = fields.find((field) => found[field.key]);
    if (first) document.getElementById(`form-${first.key}`)?.focus();
  }
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setProblem("");
    const found = look(fields, answers);
    if (Object.keys(found).length > 0) return refuse(found);
    setWrong({});
    setBusy(true);
    try {
      await chat.api.request("POST", "/form", { answers: Object.fromEntries(fields.map((field) => [field.key, answers[field.key] ?? ""])) });
      return chat.formTaken();
    } catch (failure) {
      const refused = problemOf(failure);
      if (sessionOver(refused)) void chat.start();
      const named = parseWrong(fields, refused.fields);
      if (Object.keys(named).length > 0) refuse(named);
      else setProblem(words.kept.replace("{why}", problemWords(language, refused, state.limits)));
    }
    setBusy(false);
  }

  return (
    <section class="form" aria-labelledby="form-title">
      {greeting && (
        <div class="bubble" dir="auto">
          {greeting}
        </div>
      )}
      <h2 id="form-title">{words.title}</h2>
      <form ref={box} onSubmit={(event) => void submit(event)} noValidate aria-busy={busy}>
        {fields.map((field) => (
          <One key={field.key} field={field} state={state} value={answers[field.key] ?? ""} error={sayWrong(words, field, wrong[field.key])} onInput={(text) => put(field.key, text)} />
        ))}
        {(problem !== "" || count > 0) && (
          <p class="summary" role="alert">
            {problem || (count === 1 ? words.look1 : words.look.replace("{count}", String(count)))}
          </p>
        )}
        <button type="submit" class="btn main" aria-disabled={busy}>
          {busy ? words.going : words.start}
        </button>
      </form>
    </section>
  );
}

function sayWrong(words: FormTexts, field: Field, code: string | undefined): string {
  if (!code) return "";
  if (code === "missing" || code === "unknown_choice") return field.type === "consent" ? words.agree : field.type === "choice" ? words.choice : words.missing;
  return code === "bad_email" || code === "bad_phone" || code === "too_long" ? words[code] : words.missing;
}

interface OneProps {
  field: Field;
  state: State;
  value: string;
  error: string;
  onInput: (text: string) => void;
}

function One({ field, state, value, error, onInput }: OneProps) {
  const { language } = state;
  const words = FORM_TEXTS[language];
  const id = `form-${field.key}`;
  const label = read(field.label, language) || field.key;
  const shared = { id, "aria-invalid": error !== "", "aria-required": field.required, "aria-describedby": error === "" ? undefined : `${id}-error` };
  const said = error !== "" && (
    <p id={`${id}-error`} class="bad">
      {error}
    </p>
  );
  if (field.type === "consent") {
    return (
      <div class="tick">
        <input {...shared} type="checkbox" checked={value === "yes"} onChange={(event) => onInput(event.currentTarget.checked ? "yes" : "no")} />
        <label for={id}>
          {linkify(label).map((piece, at) =>
            piece.href === undefined ? (
              piece.text
            ) : (
              <a key={at} href={piece.href} target="_blank" rel="noopener noreferrer">
                {piece.text}
              </a>
            ),
          )}
          {!field.required && <i>{` (${words.optional})`}</i>}
        </label>
        {said}
      </div>
    );
  }
  const placeholder = read(field.placeholder, language);
  return (
    <div class="one">
      <label for={id}>
        {label}
        {!field.required && <i>{` (${words.optional})`}</i>}
      </label>
      {field.type === "choice" ? (
        <select {...shared} value={value} onChange={(event) => onInput(event.currentTarget.value)}>
          <option value="">{placeholder || words.choose}</option>
          {field.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {read(choice.label, language) || choice.value}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          list={undefined}
          type={field.type === "email" ? "email" : field.type === "phone" ? "tel" : "text"}
          autocomplete={FILL[field.type] ?? "off"}
          maxLength={LONGEST}
          placeholder={placeholder}
          dir="auto"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
      {said}
    </div>
  );
}

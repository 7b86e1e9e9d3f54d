import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, type Api } from "../api.ts";
import type { State } from "../state.ts";
import { say } from "../texts.ts";
import { problemWords } from "../words.ts";
import { passing, type Problem } from "../problem.ts";
import { PROOF_TEXTS } from "./proof-texts.ts";
import { adopt } from "../adopt.ts";
import { Icon } from "./Icon.tsx";
import RULES from "./proof.css?inline";

adopt(RULES);

/** Proves a phone number: the number, a code by SMS, the code typed back. */
export function Proof({ state, api, onDone }: { state: State; api: Api; onDone: () => void }) {
  const { language } = state;
  const words = PROOF_TEXTS[language];
  const [step, setStep] = useState<"number" | "code" | "done">("number");
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const done = useRef<HTMLButtonElement>(null);
  useEffect(() => (step === "done" ? done.current : field.current)?.focus(), [step]);

  async function attempt(trying: "number" | "code", run: () => Promise<unknown>, next: typeof step): Promise<void> {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await run();
      setStep(next);
    } catch (failure) {
      setError(refusal(problemOf(failure), trying));
      field.current?.focus();
    }
    setBusy(false);
  }
  function refusal(problem: Problem, trying: "number" | "code"): string {
    const { status, code: word } = problem;
    if (passing(problem) && status !== 429) return problemWords(language, problem, state.limits);
    if (status === 401 || /blocked/.test(word)) return problemWords(language, problem, state.limits);
    if (trying === "number") return status === 429 ? words.pPhoneLimit : words.pNumber;
    if (status === 429) return problemWords(language, problem, state.limits);
    return status === 410 || /expired/.test(word) ? words.pCodeOver : words.pCode;
  }
  function submit(event: Event): void {
    event.preventDefault();
    if (step === "number") {
      if (!/^\+[\d\s().-]{7,24}$/.test(phone.trim())) setError(words.pNumber);
      else void attempt("number", () => api.request("POST", "/phone", { number: phone.trim() }), "code");
    } else void attempt("code", () => api.request("POST", "/phone/confirm", { number: phone.trim(), code: code.replace(/\D/g, "") }), "done");
  }

  return (
    <section class="proof" role="dialog" aria-labelledby="proof-title">
      {step !== "done" && (
        <button type="button" class="quiet start" onClick={onDone}>
          <Icon name="back" />
          {words.back}
        </button>
      )}
      <h2 id="proof-title">{step === "done" ? words.proven : say(language, "prove")}</h2>
      {step === "done" ? (
        <>
          <p role="status">{words.provenText.replace("{number}", phone.trim())}</p>
          <button ref={done} type="button" class="btn main" onClick={onDone}>
            {words.back}
          </button>
        </>
      ) : (
        <form onSubmit={submit} noValidate>
          <p>{step === "number" ? words.proveText : words.codeText.replace("{number}", phone.trim())}</p>
          <label for="proof-field">{step === "number" ? words.number : words.code}</label>
          <input
            key={step}
            ref={field}
            id="proof-field"
            type="tel"
            inputMode={step === "number" ? "tel" : "numeric"}
            autocomplete={step === "number" ? "tel" : "one-time-code"}
            maxLength={step === "number" ? 30 : 12}
            value={step === "number" ? phone : code}
            aria-invalid={error !== ""}
            aria-describedby="proof-help"
            onInput={(event) => (step === "number" ? setPhone : setCode)(event.currentTarget.value)}
          />
          <p id="proof-help" class={error === "" ? "help" : "help bad"} role={error === "" ? undefined : "alert"}>
            {error || (step === "number" ? words.numberHint : "")}
          </p>
          <button type="submit" class="btn main" aria-disabled={busy}>
            {step === "number" ? words.getCode : words.confirm}
          </button>
          {step === "code" && (
            <button type="button" class="link" onClick={() => (setStep("number"), setCode(""), setError(""))}>
              {words.otherNumber}
            </button>
          )}
        </form>
      )}
    </section>
  );
}

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { parseAppearance, parseLanguage, type ToFrame } from "../../shared/protocol.ts";
import { palette } from "../../shared/colour.ts";
import type { Chat } from "../chat.ts";
import type { Page } from "../page.ts";
import type { Closed as ClosedView } from "./Closed.tsx";
import type { Form as FormView } from "./Form.tsx";
import type { Proof as ProofView } from "./Proof.tsx";
import { say } from "../texts.ts";
import { Announcer } from "./Announcer.tsx";
import { Composer } from "./Composer.tsx";
import { Header } from "./Header.tsx";
import { Log } from "./Log.tsx";

/** Before the next try (ms) when a part of the frame could not be loaded. */
const RELOAD_MS = 4_000;

export function App({ chat, page }: { chat: Chat; page: Page }) {
  const [state, setState] = useState(chat.state);
  // Loaded when first asked for: most visitors never prove a number.
  const [Proof, setProof] = useState<typeof ProofView>();
  const [proving, setProving] = useState(false);
  const [Form, setForm] = useState<typeof FormView>();
  const [Closed, setClosed] = useState<typeof ClosedView>();
  const writing = useRef<HTMLTextAreaElement>(null);
  const log = useRef<HTMLDivElement>(null);
  const { appearance, theme, language } = state;

  // Before the first picture: where no server is asked, everything has happened by the time a plain effect runs.
  useLayoutEffect(() => chat.subscribe(() => setState(chat.state)), [chat]);

  useEffect(() => {
    page.listen((message: ToFrame) => {
      if (message.type === "visible") {
        chat.pageSees(message.visible === true);
        if (message.visible === true && message.focus === true) focusChat();
      } else if (message.type === "look") chat.change({ type: "look", appearance: parseAppearance(message.appearance), theme: message.theme === "dark" ? "dark" : "light" });
      else if (message.type === "identify" && typeof message.jwt === "string") void chat.identify(message.jwt);
      else if (message.type === "signOut") void chat.signOut();
      else if (message.type === "setLanguage") void chat.speak(parseLanguage(message.language) ?? chat.state.language);
      else if (message.type === "ticket") chat.takeTicket(typeof message.ticket === "string" ? message.ticket : null);
    });
    if (!page.embedded) chat.pageSees(true);
  }, [chat, page]);

  // On a touch screen a focused field would pull the keyboard up over what one came to read.
  function focusChat(): void {
    if (matchMedia("(pointer: fine)").matches) (document.querySelector<HTMLElement>(".form input") ?? writing.current ?? log.current)?.focus();
  }

  useLayoutEffect(() => {
    const root = document.documentElement;
    const colours = palette(appearance.color, theme);
    root.dataset["theme"] = theme;
    root.lang = language;
    document.title = say(language, "chatWith", { name: appearance.name });
    for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--shop-${name}`, value);
  }, [appearance, theme, language]);

  useEffect(() => {
    const escape = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
      if (proving) endProof();
      else chat.close();
    };
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  });

  const asks = state.phase === "ready" && state.form.length > 0;
  useEffect(() => {
    // Nothing is lost by loading the frame anew.
    if (asks) import("./Form.tsx").then(({ Form: view }) => setForm(() => view)).catch(() => setTimeout(() => location.reload(), RELOAD_MS));
  }, [asks]);

  const shut = Boolean(state.closed);
  useEffect(() => {
    if (shut) void import("./Closed.tsx").then(({ Closed: view }) => setClosed(() => view));
  }, [shut]);

  async function prove(): Promise<void> {
    const { Proof: view } = await import("./Proof.tsx");
    setProof(() => view);
    setProving(true);
  }
  function endProof(): void {
    setProving(false);
    requestAnimationFrame(focusChat);
  }

  const notice = shut && Closed && <Closed state={state} chat={chat} />;
  return (
    <main class="chat">
      <Header state={state} onClose={() => chat.close()} onProve={() => void prove()} onLanguage={(next) => void chat.speak(next)} />
      {proving && Proof ? (
        <Proof state={state} api={chat.api} onDone={endProof} />
      ) : asks && Form ? (
        <>
          <Form state={state} chat={chat} />
          {notice}
        </>
      ) : (
        <>
          <Log state={state} chat={chat} box={log} onChoice={(text) => (chat.say(text, []), writing.current?.focus())} />
          {notice}
          {state.phase !== "refused" && !asks && <Composer key={state.wiped} state={state} chat={chat} box={writing} />}
        </>
      )}
      <Announcer state={state} />
    </main>
  );
}

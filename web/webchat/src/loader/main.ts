// Seaway's webchat on a foreign page. One script tag, no dependency, one global: window.seawayWebchat.
// It trusts nothing but messages from its own frame at its own origin, and tells the frame nothing but what the site's API was given.
import { parseLanguage, parseMessage, type FromFrame, type Language, type Look, type ToFrame } from "../shared/protocol.ts";
import { Panel } from "./panel.ts";
import { pageTheme, watchTheme } from "./theme.ts";
import { fetchTicket, Refused, type Ticket } from "./ticket.ts";

interface SeawayWebchat {
  open(): void;
  close(): void;
  /** Signs the visitor in by the shop's signed token (JWT, HS256). */
  identify(jwt: string): void;
  signOut(): void;
  setLanguage(language: string): void;
}
declare global {
  interface Window {
    seawayWebchat?: SeawayWebchat;
  }
}

/** A ticket this old (ms) is not used for a frame any more. */
const TICKET_AGE_MS = 30_000;
/** Characters of one thing that is kept for the frame. */
const MOST_KEPT = 100_000;
/** Waits (ms) between tries when the server cannot be reached. */
const RETRY_MS = [2_000, 8_000, 30_000, 60_000];

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : document.querySelector<HTMLScriptElement>('script[data-channel][src*="/loader.js"]');

function complain(sentence: string): void {
  console.error(`Seaway webchat: ${sentence}.`);
}

function start(script: HTMLScriptElement, channel: string): void {
  const origin = new URL(script.src).origin;
  const memory = `seaway.${channel}`;
  let language = parseLanguage(script.dataset["language"]);
  let ticket: Ticket | undefined;
  let ticketAt = 0;
  let panel: Panel | undefined;
  let frameReady = false;
  let wantsOpen = read("sessionStorage", memory) === "open";
  let wantsFocus = false;
  let jwt: string | undefined;
  /** Signed out before the frame was there to hear it. */
  let leaves = false;

  const spoken = (): Language => {
    const offered = ticket?.appearance.languages ?? [];
    const wished = language ?? parseLanguage(document.documentElement.lang) ?? parseLanguage(navigator.language);
    return wished && offered.includes(wished) ? wished : (offered[0] ?? "en");
  };
  const theme = (): "light" | "dark" => pageTheme(script.dataset["theme"] ?? ticket?.theme);
  const tell = (message: ToFrame): void => {
    if (frameReady) panel?.window?.postMessage({ seaway: 1, ...message }, origin);
  };
  const tellVisible = (focus: boolean): void => tell({ type: "visible", visible: (panel?.opened ?? false) && document.visibilityState === "visible", focus });

  /** Fetches a ticket, again and again while the server cannot be reached; nothing when the site is refused. */
  async function renew(): Promise<Ticket | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        ticket = await fetchTicket(origin, channel, language);
        ticketAt = Date.now();
        return ticket;
      } catch (error) {
        if (error instanceof Refused) {
          complain(error.message);
          return undefined;
        }
        if (attempt === 1) complain(`${origin} does not answer, trying again; if this page has a Content-Security-Policy, it must allow ${origin} in connect-src and frame-src`);
        await waitForNetwork(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]!);
      }
    }
  }

  async function load(): Promise<void> {
    if (!panel || panel.window) return;
    const fresh = ticket && Date.now() - ticketAt < TICKET_AGE_MS ? ticket : await renew();
    if (!fresh || panel.window) return;
    ticketAt = 0;
    const look: Look = { page: location.origin, appearance: fresh.appearance, theme: theme(), language: spoken(), kept: kept(memory) };
    panel.load(`${fresh.frameUrl.href.split("#")[0]}#${encodeURIComponent(JSON.stringify(look))}`);
  }

  function open(focus: boolean): void {
    wantsOpen = true;
    wantsFocus = focus;
    if (!panel) return;
    write("sessionStorage", memory, "open");
    void load();
    panel.show(focus);
    tellVisible(focus);
  }
  function close(): void {
    wantsOpen = false;
    write("sessionStorage", memory, "closed");
    panel?.hide();
    tellVisible(false);
  }

  function hear(message: FromFrame): void {
    if (message.type === "ready") {
      frameReady = true;
      if (wantsFocus && panel?.opened) panel.show(true);
      tellVisible(wantsFocus);
      if (leaves) tell({ type: "signOut" });
      leaves = false;
      if (jwt !== undefined) tell({ type: "identify", jwt });
    } else if (message.type === "opened") write("localStorage", memory, message.known === true ? "known" : "new");
    else if (message.type === "unread" && Number.isSafeInteger(message.count)) panel?.setUnread(Math.max(0, message.count));
    else if (message.type === "keep") keep(memory, message.key, message.value);
    else if (message.type === "close") close();
    else if (message.type === "ticket") void renew().then((next) => tell({ type: "ticket", ticket: next?.ticket ?? null }));
  }

  window.seawayWebchat = {
    open: () => open(true),
    close,
    identify(token) {
      jwt = token;
      tell({ type: "identify", jwt: token });
    },
    signOut() {
      jwt = undefined;
      leaves = !frameReady;
      tell({ type: "signOut" });
    },
    setLanguage(wished) {
      language = parseLanguage(wished) ?? language;
      if (!language) return;
      tell({ type: "setLanguage", language });
      if (ticket) panel?.setLook(ticket.appearance, theme(), spoken());
    },
  };

  addEventListener("message", (event) => {
    if (event.origin !== origin || !panel?.window || event.source !== panel.window) return;
    const message = parseMessage<FromFrame>(event.data);
    if (message) hear(message);
  });
  document.addEventListener("visibilitychange", () => tellVisible(false));

  async function begin(): Promise<void> {
    const first = await renew();
    if (!first) return;
    await bodyThere();
    const position = script.dataset["position"]?.includes("left") ? "left" : script.dataset["position"]?.includes("right") ? "right" : first.appearance.position;
    panel = new Panel(first.appearance, position, theme(), spoken(), () => open(true));
    watchTheme(() => {
      if (!ticket) return;
      panel?.setLook(ticket.appearance, theme(), spoken());
      tell({ type: "look", appearance: ticket.appearance, theme: theme() });
    });
    if (wantsOpen && (wantsFocus || innerWidth > 480)) open(wantsFocus);
    else if (read("localStorage", memory) === "known") void load();
  }
  void begin();
}

function waitForNetwork(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done);
  });
}

function bodyThere(): Promise<void> {
  return new Promise((resolve) => {
    if (document.body) resolve();
    else document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
  });
}

/** What the frame asked this page to keep for it, because the browser lets frames of another site keep nothing. */
function kept(memory: string): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(localStorage).flatMap(([key, value]: [string, string]) => (key.startsWith(`${memory}.`) ? [[key.slice(memory.length + 1), value]] : [])));
  } catch {
    return {};
  }
}
function keep(memory: string, key: unknown, value: unknown): void {
  if (typeof key !== "string" || key.length > MOST_KEPT) return;
  if (typeof value === "string" && value.length <= MOST_KEPT) write("localStorage", `${memory}.${key}`, value);
  else if (value === null) {
    try {
      localStorage.removeItem(`${memory}.${key}`);
    } catch {
      // Nothing was stored.
    }
  }
}

// A browser may forbid storage altogether; the chat then only forgets more.
function read(store: "localStorage" | "sessionStorage", key: string): string | null {
  try {
    return window[store].getItem(key);
  } catch {
    return null;
  }
}
function write(store: "localStorage" | "sessionStorage", key: string, value: string): void {
  try {
    window[store].setItem(key, value);
  } catch {
    // Forgetting is all right.
  }
}

if (!window.seawayWebchat) {
  const channel = script?.dataset["channel"];
  if (!script) complain("loader.js must be loaded by a plain script tag, not as a module");
  else if (!channel) complain('the script tag needs data-channel="KA…"; copy the snippet from Seaway\'s admin under Channels');
  else start(script, channel);
}

// The admin's preview: a page like any shop's, with the true launcher and the true frame. It stands in a frame without rights, is told
// what to look like by the page around it, and says nothing to any server.
import { Panel } from "../loader/panel.ts";
import { isRecord, parseAppearance, parseLanguage, parseMessage, type Appearance, type FromFrame, type Language, type Look, type Theme, type ToFrame } from "../shared/protocol.ts";
import STYLE from "./style.css?inline";

interface Shown {
  appearance: Appearance;
  form: unknown[];
  theme: Theme;
  language: Language;
}

let shown: Shown | undefined;
let panel: Panel | undefined;
/** What the frame was loaded for; anything else needs it anew. */
let loaded = "";

function read(data: unknown): Shown | undefined {
  const message = parseMessage<{ type: string } & Record<string, unknown>>(data);
  if (message?.type !== "preview" || !isRecord(message["appearance"])) return undefined;
  return { appearance: parseAppearance(message["appearance"]), form: Array.isArray(message["form"]) ? message["form"] : [], theme: message["theme"] === "dark" ? "dark" : "light", language: parseLanguage(message["language"]) ?? "en" };
}

function show(next: Shown): void {
  const moved = shown !== undefined && shown.appearance.position !== next.appearance.position;
  shown = next;
  document.documentElement.dataset["theme"] = next.theme;
  if (!panel || moved) {
    for (const old of document.querySelectorAll("seaway-webchat")) old.remove();
    loaded = "";
    panel = new Panel(next.appearance, next.appearance.position, next.theme, next.language, () => open());
  }
  panel.setLook(next.appearance, next.theme, next.language);
  const wanted = JSON.stringify([next.form, next.language]);
  if (wanted !== loaded) {
    loaded = wanted;
    const look: Look & { form: unknown[] } = { page: "null", appearance: next.appearance, theme: next.theme, language: next.language, form: next.form, kept: {} };
    // The query names the look, so that a new one is a new document and not only another fragment.
    panel.load(`/frame?preview=${Date.now()}#${encodeURIComponent(JSON.stringify(look))}`);
    panel.show(false);
  } else tell({ type: "look", appearance: next.appearance, theme: next.theme });
}

function open(): void {
  panel?.show(true);
  tell({ type: "visible", visible: true, focus: true });
}

function tell(message: ToFrame): void {
  // The frame has no origin to name, and what it is told is what everybody sees.
  panel?.window?.postMessage({ seaway: 1, ...message }, "*");
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
document.adoptedStyleSheets = [sheet];
document.body.append(...Array.from({ length: 6 }, () => document.createElement("i")));

addEventListener("message", (event) => {
  if (event.source === window.parent && window.parent !== window) {
    const next = read(event.data);
    if (next) show(next);
  } else if (panel?.window && event.source === panel.window) {
    const message = parseMessage<FromFrame>(event.data);
    if (message?.type === "close") panel.hide();
    else if (message?.type === "ready") {
      tell({ type: "visible", visible: true, focus: false });
      // What changed while it was on its way.
      if (shown) tell({ type: "look", appearance: shown.appearance, theme: shown.theme });
    }
    else if (message?.type === "ticket") tell({ type: "ticket", ticket: "preview" });
  }
});
if (window.parent !== window) window.parent.postMessage({ seaway: 1, type: "preview" }, "*");

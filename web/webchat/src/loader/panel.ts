// The launcher and the frame's place on the shop's page. Knows nothing of tickets or messages.
import { palette } from "../shared/colour.ts";
import type { Appearance, Language, Theme } from "../shared/protocol.ts";
import STYLE from "./style.css?inline";
import { LOADER_TEXTS } from "./texts.ts";

/** The same condition as the stylesheet's: the chat covers the whole screen. */
const SMALL_SCREEN = "(max-width: 480px), (max-height: 420px)";
const SVG = "http://www.w3.org/2000/svg";
const BUBBLE = "M5.5 5h13A1.5 1.5 0 0 1 20 6.5v9a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 3.5V17h-1A1.5 1.5 0 0 1 4 15.5v-9A1.5 1.5 0 0 1 5.5 5Z";

export class Panel {
  readonly launcher = element("button", "launcher");
  readonly #host = document.createElement("seaway-webchat");
  readonly #root = element("div", "");
  readonly #logo = document.createElement("img");
  readonly #badge = element("span", "badge");
  readonly #said = element("span", "said");
  readonly #place = element("div", "panel");
  #frame: HTMLIFrameElement | undefined;
  #isOpen = false;
  #unread = 0;
  /** What was made inert under a full-screen chat, to be woken again. */
  #silenced: HTMLElement[] = [];
  #overflow = "";

  constructor(
    private appearance: Appearance,
    private readonly position: "left" | "right",
    private theme: Theme,
    private language: Language,
    onOpen: () => void,
  ) {
    this.launcher.type = "button";
    this.launcher.append(icon());
    // On a site that forbids foreign pictures it never comes, and the bubble stays.
    this.#logo.onload = () => this.launcher.firstChild?.replaceWith(this.#logo);
    this.launcher.append(this.#badge);
    this.#badge.setAttribute("aria-hidden", "true");
    this.#said.setAttribute("role", "status");
    this.launcher.addEventListener("click", onOpen);
    this.#root.append(this.launcher, this.#place, this.#said);
    const shadow = this.#host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
    document.body.append(this.#host);
    matchMedia(SMALL_SCREEN).addEventListener("change", () => this.#cover());
    visualViewport?.addEventListener("resize", () => this.#fit());
    this.#draw();
  }

  get opened(): boolean {
    return this.#isOpen;
  }
  get window(): Window | null {
    return this.#frame?.contentWindow ?? null;
  }

  load(url: string): void {
    this.#frame?.remove();
    this.#frame = document.createElement("iframe");
    this.#frame.src = url;
    this.#place.append(this.#frame);
    this.#draw();
  }

  show(focus: boolean): void {
    this.#isOpen = true;
    this.#draw();
    if (focus) this.#frame?.focus();
    this.#cover();
  }

  /** Closing gives the focus back to the launcher, if the chat had it. */
  hide(): void {
    const shadow = this.#host.shadowRoot;
    const hadFocus = shadow?.activeElement === this.#frame && document.activeElement === this.#host;
    this.#isOpen = false;
    this.#draw();
    this.#cover();
    if (hadFocus) this.launcher.focus();
  }

  setUnread(count: number): void {
    if (count > this.#unread && !this.#isOpen) this.#said.textContent = this.#unreadText(count);
    this.#unread = count;
    this.#draw();
  }

  setLook(appearance: Appearance, theme: Theme, language: Language): void {
    this.appearance = appearance;
    this.theme = theme;
    this.language = language;
    this.#draw();
  }

  #draw(): void {
    const texts = LOADER_TEXTS[this.language];
    const colours = palette(this.appearance.color, this.theme);
    this.#root.className = [this.position, this.theme, this.#isOpen ? "open" : ""].join(" ");
    this.#root.style.setProperty("--c", colours.fill);
    this.#root.style.setProperty("--on", colours.on);
    this.#root.style.setProperty("--card", this.theme === "dark" ? "#1b2125" : "#ffffff");
    this.#host.lang = this.language;
    if (this.appearance.logo && !this.#logo.src) this.#logo.src = this.appearance.logo;
    this.#badge.hidden = this.#unread === 0;
    this.#badge.textContent = this.#unread > 9 ? "9+" : String(this.#unread);
    const open = texts.open.replace("{name}", this.appearance.name);
    this.launcher.setAttribute("aria-label", this.#unread > 0 ? `${open}, ${this.#unreadText(this.#unread)}` : open);
    this.launcher.title = open;
    this.launcher.setAttribute("aria-expanded", String(this.#isOpen));
    if (this.#frame) this.#frame.title = texts.frame.replace("{name}", this.appearance.name);
  }

  #unreadText(count: number): string {
    const texts = LOADER_TEXTS[this.language];
    return count === 1 ? texts.one : texts.many.replace("{count}", String(count));
  }

  /** Full screen: the page below neither scrolls nor takes the focus. */
  #cover(): void {
    const covers = this.#isOpen && matchMedia(SMALL_SCREEN).matches;
    if (covers === this.#silenced.length > 0) return this.#fit();
    const page = document.documentElement;
    if (covers) {
      this.#overflow = page.style.overflow;
      page.style.overflow = "hidden";
      this.#silenced = [...document.body.children].filter((child): child is HTMLElement => child instanceof HTMLElement && child !== this.#host && !child.inert);
      for (const child of this.#silenced) child.inert = true;
    } else {
      page.style.overflow = this.#overflow;
      for (const child of this.#silenced) child.inert = false;
      this.#silenced = [];
    }
    this.#fit();
  }

  /** A phone's keyboard covers fixed elements; the visible part is what the visual viewport says. */
  #fit(): void {
    const covers = this.#isOpen && matchMedia(SMALL_SCREEN).matches && visualViewport !== null && visualViewport.scale === 1;
    this.#place.style.height = covers ? `${visualViewport?.height ?? innerHeight}px` : "";
  }
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  return made;
}

function icon(): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", BUBBLE);
  svg.append(path);
  return svg;
}

// The frame's side of the talk with the shop's page. Only the embedding window at the origin the frame was made for is heard;
// `frame-ancestors` keeps every other page from embedding it at all.
import { DEFAULT_APPEARANCE, isRecord, parseAppearance, parseLanguage, parseMessage, type FromFrame, type Look, type ToFrame } from "../shared/protocol.ts";
import { parseJson } from "./outbox.ts";

export class Page {
  readonly embedded = window.parent !== window;
  /** `target`: whom the browser lets hear us; a preview's page has no origin that could be named. */
  constructor(
    private readonly origin: string,
    private readonly target: string,
  ) {}

  tell(message: FromFrame): void {
    if (this.embedded && this.origin !== "") window.parent.postMessage({ seaway: 1, ...message }, this.target);
  }
  /** Hears the page from now on, and only now tells it so: what it says before, that the chat is open for one, would be lost. */
  listen(hear: (message: ToFrame) => void): void {
    addEventListener("message", (event) => {
      if (event.source !== window.parent || event.origin !== this.origin) return;
      const message = parseMessage<ToFrame>(event.data);
      if (message) hear(message);
    });
    this.tell({ type: "ready" });
  }
}

/** Reads the look from the frame URL's fragment. A page origin that contradicts the browser's own word counts as none. */
export function readLook(fragment: string, ancestor: string | undefined): Look {
  const data = parseJson(decode(fragment.replace(/^#/, "")));
  const given = isRecord(data) ? data : {};
  const page = typeof given["page"] === "string" ? given["page"] : "";
  return {
    page: ancestor === undefined || ancestor === page ? page : "",
    appearance: isRecord(given["appearance"]) ? parseAppearance(given["appearance"]) : DEFAULT_APPEARANCE,
    theme: given["theme"] === "dark" ? "dark" : "light",
    kept: isRecord(given["kept"]) ? Object.fromEntries(Object.entries(given["kept"]).filter((pair): pair is [string, string] => typeof pair[1] === "string")) : {},
    language: parseLanguage(given["language"]) ?? parseLanguage(navigator.language) ?? "en",
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// Starts the frame: what to look like from the fragment, which channel and ticket from the query.
import { render } from "preact";
import { parseLanguage } from "../shared/protocol.ts";
import { Api } from "./api.ts";
import { Chat } from "./chat.ts";
import { Outbox } from "./outbox.ts";
import { Page, readLook } from "./page.ts";
import { Shelf } from "./shelf.ts";
import { initial } from "./state.ts";
import { loadLanguage } from "./texts.ts";
import { App } from "./view/App.tsx";
import "./style.css";

/** Before the next try (ms) when a part of the frame could not be loaded. */
const RELOAD_MS = 4_000;

async function start(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const channel = query.get("channel") ?? "";
  const look = readLook(location.hash, location.ancestorOrigins?.[0]);
  const preview = query.has("preview");
  const page = new Page(look.page, preview ? "*" : look.page);
  const shelf = new Shelf(`seaway.${channel}.`, look.kept, (key, value) => page.tell({ type: "keep", key, value }));
  const outbox = new Outbox(shelf);
  const language = parseLanguage(shelf.read("language")) ?? look.language;
  // The admin looks at it, and no server may hear of it.
  const api = preview ? new (await import("./preview.ts")).PreviewApi(language) : new Api(channel);
  const chat = new Chat(initial(look.appearance, look.theme, language, outbox.load(), Number(shelf.read("seen")) || 0), api, shelf, outbox, page, query.get("ticket"));

  await loadLanguage(language);
  render(<App chat={chat} page={page} />, document.body);
  void chat.start();
}

// The ticket is unused until the session starts, so loading the frame anew is safe.
start().catch(() => setTimeout(() => location.reload(), RELOAD_MS));

// The one-use ticket that lets a frame start. Here, on the shop's page, the browser tells our server the site's true origin.
import { isRecord, parseAppearance, type Appearance, type Language } from "../shared/protocol.ts";

export interface Ticket {
  ticket: string;
  frameUrl: URL;
  appearance: Appearance;
  theme: string | undefined;
}

/** Refused for good, with the sentence for the site's owner. */
export class Refused extends Error {}

/** Fetches a ticket. Throws Refused when trying again cannot help, anything else when it may. */
export async function fetchTicket(origin: string, channel: string, language: Language | undefined): Promise<Ticket> {
  const answer = await fetch(`${origin}/webchat/${encodeURIComponent(channel)}/ticket`, {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json" },
    // Query and fragment stay at home: they hold what is none of the chat's business.
    body: JSON.stringify({ page_url: (location.origin + location.pathname).slice(0, 500), language }),
  });
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw refusal(answer.status, body, channel);
  if (!isRecord(body) || typeof body["ticket"] !== "string" || typeof body["frame_url"] !== "string") throw new Error("unreadable ticket");
  const frameUrl = new URL(body["frame_url"], origin);
  if (frameUrl.origin !== origin) throw new Refused(`the chat's frame is at ${frameUrl.origin}, but loader.js came from ${origin}; both must be the same`);
  const look = isRecord(body["appearance"]) ? body["appearance"] : {};
  return { ticket: body["ticket"], frameUrl, appearance: parseAppearance(look), theme: typeof look["theme"] === "string" ? look["theme"] : undefined };
}

function refusal(status: number, body: unknown, channel: string): Error {
  if (status === 429 || status >= 500) return new Error(`status ${status}`);
  const detail = isRecord(body) && typeof body["detail"] === "string" ? ` (${body["detail"]})` : "";
  if (status === 403) return new Refused(`${location.origin} is not among the allowed sites of channel ${channel}; add it in Seaway's admin under Channels${detail}`);
  if (status === 404) return new Refused(`there is no webchat channel ${channel}; copy the snippet anew from Seaway's admin under Channels${detail}`);
  return new Refused(`the server refused this page with status ${status}${detail}`);
}

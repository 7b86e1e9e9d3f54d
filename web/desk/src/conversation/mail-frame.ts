// A mail's layout as the document of a frame without rights. The server has sanitised it; here only pictures get their places:
// those within the mail from its attachments, those from elsewhere once the agent asked for them, and none by themselves.
import type { Attachment } from "@seaway/api/types";
import frameStyle from "./mail-frame.css?url&no-inline";

const FROM_ELSEWHERE = /^https:\/\//i;

/** Addresses of the pictures that are not in the mail. Nothing of an inert document is loaded. */
export function picturesElsewhere(html: string): string[] {
  const found = [...inert(html).querySelectorAll("img")].map((img) => img.getAttribute("src") ?? "");
  return [...new Set(found.filter((src) => FROM_ELSEWHERE.test(src)))];
}

/** `loaded`: pictures from elsewhere as data, by their address. */
export function frameOf(html: string, pictures: Record<string, string>, files: readonly Attachment[], loaded: ReadonlyMap<string, string>, style: string = frameStyle): string {
  const page = inert(html);
  for (const img of page.querySelectorAll("img")) {
    const src = img.getAttribute("src") ?? "";
    const name = pictures[src.replace(/^cid:/i, "")];
    const inside = /^cid:/i.test(src) ? files.find((file) => file.name === name && file.state === "ready" && file.type.startsWith("image/"))?.url : undefined;
    const place = inside ?? loaded.get(src);
    if (place) img.setAttribute("src", place);
    else img.removeAttribute("src");
  }
  const head = `<meta charset="utf-8"><meta name="referrer" content="no-referrer"><base target="_blank"><link rel="stylesheet" href="${style}">`;
  return `<!doctype html><html><head>${head}</head><body>${page.body.innerHTML}</body></html>`;
}

function inert(html: string): Document {
  return new DOMParser().parseFromString(html, "text/html");
}

// Splits a text into words and web addresses. Only https becomes a link, shown exactly as written; everything else stays text.

export type Piece = { text: string; href?: string };

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/https:\/\/[^\s<>"'`{}|\\^]+/gi)) {
    const address = trim(match[0]);
    if (!URL.canParse(address) || !safe(new URL(address))) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: address, href: new URL(address).href });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** A sentence's own marks at the end do not belong to the address; a closing bracket does when it was opened inside. */
function trim(address: string): string {
  let end = address.length;
  for (;;) {
    const last = address[end - 1] ?? "";
    const opened = address.slice(0, end).split("(").length;
    const closed = address.slice(0, end).split(")").length;
    if (/[.,;:!?…。、！？」』”’\]*_~]/.test(last) || (last === ")" && closed > opened)) end--;
    else return address.slice(0, end);
  }
}

/** No user name before the host: "https://shop.example@evil.example" is made to deceive. */
function safe(url: URL): boolean {
  return url.protocol === "https:" && url.username === "" && url.password === "" && url.hostname.includes(".");
}

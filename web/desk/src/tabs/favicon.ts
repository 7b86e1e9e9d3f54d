// The tab's sign: plain, an accent dot for unread, an amber dot for an offer. Drawn here because a favicon cannot read the page's tokens.
const DOTS = { plain: "", unread: "<circle cx='19' cy='5' r='5' fill='%2361bee6' stroke='white' stroke-width='1.5'/>", offer: "<circle cx='19' cy='5' r='5' fill='%23dd8420' stroke='white' stroke-width='1.5'/>" };
let shown = "";

export function setFavicon(kind: keyof typeof DOTS): void {
  if (kind === shown) return;
  shown = kind;
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (link) link.href = `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><rect width='24' height='24' rx='7' fill='%23076c92'/><path d='M4.5 11c2.5-2.6 5-2.6 7.5 0s5 2.6 7.5 0' fill='none' stroke='white' stroke-width='2' stroke-linecap='round'/>${DOTS[kind]}</svg>`;
}

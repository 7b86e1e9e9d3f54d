// The tab's sign: the brand's, with an accent dot for unread and an amber one for an offer. Drawn here because a favicon cannot read the page's tokens.
import { currentBrand, onBrand } from "../session/brand.ts";

const DOTS = { plain: "", unread: "#61bee6", offer: "#dd8420" };
let kind: keyof typeof DOTS = "plain";
let shown = "";

export function setFavicon(next: keyof typeof DOTS): void {
  kind = next;
  draw();
}

/** Also where nobody is signed in and nothing is counted. */
export function keepFavicon(): void {
  onBrand(draw);
  draw();
}

function draw(): void {
  const { logo, palette } = currentBrand();
  const dot = DOTS[kind] && `<circle cx="19" cy="5" r="5" fill="${DOTS[kind]}" stroke="white" stroke-width="1.5"/>`;
  const sign = logo
    ? `<image width="24" height="24" href="${logo.icon}"/>`
    : `<rect width="24" height="24" rx="7" fill="${palette?.light.fill ?? "#076c92"}"/><path d="M4.5 11c2.5-2.6 5-2.6 7.5 0s5 2.6 7.5 0" fill="none" stroke="${palette?.light.on ?? "white"}" stroke-width="2" stroke-linecap="round"/>`;
  const drawn = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${sign}${dot}</svg>`)}`;
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (drawn === shown || !link) return;
  shown = drawn;
  link.href = drawn;
}

// How the workspace shows itself: drawn before anybody signed in, from what this browser saw last, and put right when the server answers.
import type { Brand, BrandTones } from "@seaway/api/types";
import { useSyncExternalStore } from "react";
import { http } from "../api/http.ts";

const KEPT = "seaway.brand";
const NONE: Brand = { name: "", accent: null, palette: null, logo: null };

let shown: Brand = NONE;
let sheet: CSSStyleSheet | null = null;
const listeners = new Set<() => void>();

/** The tokens of kit/tokens.css that an accent turns. */
export function cssOf(palette: Brand["palette"]): string {
  if (!palette) return "";
  return `:root { ${tokensOf(palette.light)} } [data-theme="dark"] { ${tokensOf(palette.dark)} }`;
}

function tokensOf(tones: BrandTones): string {
  const tokens: [string, string][] = [
    ["accent", tones.fill], ["accent-hover", tones.hover], ["accent-pressed", tones.pressed], ["on-accent", tones.on],
    ["accent-text", tones.text], ["accent-soft", tones.soft], ["accent-soft-2", tones.soft_2], ["bubble-out", tones.soft], ["focus", tones.focus],
  ];
  // Kept in the browser, it is read again as a style: nothing but a colour passes.
  return tokens.filter(([, colour]) => /^#[0-9a-f]{6}$/i.test(colour)).map(([token, colour]) => `--${token}: ${colour};`).join(" ");
}

export function applyBrand(brand: Brand): void {
  shown = brand;
  if (!sheet) {
    sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }
  sheet.replaceSync(cssOf(brand.palette));
  listeners.forEach((listener) => listener());
}

export function applyStoredBrand(): void {
  const kept = read();
  if (kept) applyBrand(kept.brand);
}

/** Asks the server anew, of this workspace or of the one this browser was in last. */
export async function askBrand(workspace?: string): Promise<void> {
  const id = workspace ?? read()?.workspace;
  const brand = await http.get<Brand>(`/api/v1/brand${id ? `?workspace=${encodeURIComponent(id)}` : ""}`);
  localStorage.setItem(KEPT, JSON.stringify({ workspace: id, brand }));
  applyBrand(brand);
}

export function brandName(): string {
  return shown.name || "Seaway";
}

export function currentBrand(): Brand {
  return shown;
}

export function onBrand(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useBrand(): Brand {
  return useSyncExternalStore(onBrand, currentBrand);
}

function read(): { workspace?: string; brand: Brand } | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null") as { workspace?: string; brand?: Brand } | null;
    return kept?.brand && typeof kept.brand.name === "string" ? { ...kept, brand: { ...NONE, ...kept.brand } } : null;
  } catch {
    return null;
  }
}

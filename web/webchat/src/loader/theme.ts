// Dark or light: the site's word first (data-theme, then the channel's setting), else what the page itself says by `color-scheme`.
import type { Theme } from "../shared/protocol.ts";

export function pageTheme(asked: string | undefined): Theme {
  if (asked === "light" || asked === "dark") return asked;
  const scheme = asked === "auto" ? "light dark" : getComputedStyle(document.documentElement).colorScheme;
  const dark = scheme.includes("dark");
  if (dark && scheme.includes("light")) return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return dark ? "dark" : "light";
}

/** Calls back whenever the page may have turned its theme. */
export function watchTheme(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  new MutationObserver(changed).observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
}

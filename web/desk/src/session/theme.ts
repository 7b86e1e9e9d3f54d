import type { Preferences } from "@seaway/api/types";

type Theme = NonNullable<Preferences["theme"]>;
const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen: Theme = "system";

/** Sets data-theme on <html>; "system" follows the machine, also when it changes later. */
export function applyTheme(theme: Theme): void {
  chosen = theme;
  localStorage.setItem("seaway.theme", theme);
  const isDark = theme === "dark" || (theme === "system" && dark.matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
}

export function applyStoredTheme(): void {
  const stored = localStorage.getItem("seaway.theme");
  applyTheme(stored === "light" || stored === "dark" ? stored : "system");
}

dark.addEventListener("change", () => applyTheme(chosen));

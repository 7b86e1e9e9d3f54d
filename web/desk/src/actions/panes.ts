/** F6: the focus goes to the next pane, to where one would begin there. */
export function jumpPane(by: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.offsetParent !== null);
  if (panes.length === 0) return;
  const here = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(here + by + panes.length) % panes.length];
  const start = next?.querySelector<HTMLElement>("[data-pane-start]") ?? next?.querySelector<HTMLElement>("a[href], button:not([disabled]), textarea, input, [tabindex='0']");
  (start ?? next)?.focus();
}

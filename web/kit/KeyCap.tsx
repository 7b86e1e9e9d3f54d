// The key that does the same as the control beside it. Screen readers get it from the control, so it is silent here.
const MAC: Record<string, string> = { Ctrl: "⌘", Alt: "⌃", Shift: "⇧", Enter: "↵" };
const OTHER: Record<string, string> = { Shift: "⇧", Enter: "↵" };
const onMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** `keys` in the order they are pressed, e.g. ["Ctrl", "Enter"]; shown as this machine writes them. */
export function KeyCap({ keys }: { keys: readonly string[] }) {
  const words = onMac ? MAC : OTHER;
  return (
    <span className="keys" aria-hidden="true">
      {keys.map((key) => <kbd key={key}>{words[key] ?? key}</kbd>)}
    </span>
  );
}

import { useRef, useState } from "preact/hooks";
import { say } from "../texts.ts";
import { Icon } from "./Icon.tsx";
import type { MenuItems, MenuProps } from "./MenuItems.tsx";

export function Menu(props: MenuProps) {
  // Loaded when first asked for, like everything behind it.
  const [Items, setItems] = useState<typeof MenuItems>();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const label = say(props.state.language, "options");

  async function toggle(): Promise<void> {
    const { MenuItems: items } = await import("./MenuItems.tsx");
    setItems(() => items);
    setOpen(!open);
  }
  function end(back: boolean): void {
    setOpen(false);
    if (back) button.current?.focus();
  }

  return (
    <div class="menu">
      <button ref={button} type="button" class="ib" aria-haspopup="menu" aria-expanded={open} aria-label={label} title={label} onClick={() => void toggle()}>
        <Icon name="more" />
      </button>
      {open && Items && <Items {...props} button={button} onEnd={end} />}
    </div>
  );
}

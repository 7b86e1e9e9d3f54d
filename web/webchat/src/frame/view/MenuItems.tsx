/* oxlint-disable react-hooks/exhaustive-deps -- these rules are React Compiler's; Preact has refs and effects, and no compiler. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../../shared/protocol.ts";
import type { State } from "../state.ts";
import { LANGUAGE_NAMES, say } from "../texts.ts";
import { adopt } from "../adopt.ts";
import { Icon } from "./Icon.tsx";
import RULES from "./menu.css?inline";

adopt(RULES);

export interface MenuProps {
  state: State;
  onProve: () => void;
  onLanguage: (language: Language) => void;
}

/** The open menu. `onEnd` hears whether the focus goes back to the button. */
export function MenuItems({ state, button, onProve, onLanguage, onEnd }: MenuProps & { button: RefObject<HTMLElement | null>; onEnd: (back: boolean) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const { language, appearance } = state;
  const items = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]:enabled") ?? [])];

  useEffect(() => {
    items()[0]?.focus();
    const outside = (event: Event): void => {
      if (event.target instanceof Node && !list.current?.contains(event.target) && !button.current?.contains(event.target)) onEnd(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);

  function keys(event: KeyboardEvent): void {
    const all = items();
    const at = all.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Tab") return onEnd(false);
    if (event.key === "Escape") onEnd(true);
    else if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
  }

  return (
    <div ref={list} class="items" role="menu" tabIndex={-1} aria-label={say(language, "options")} onKeyDown={keys}>
      <button type="button" role="menuitem" tabIndex={-1} disabled={state.phase !== "ready"} onClick={() => (onEnd(false), onProve())}>
        {say(language, "prove")}
      </button>
      {appearance.languages.length > 1 && (
        <div role="group" aria-label={say(language, "language")}>
          {appearance.languages.map((one) => (
            <button key={one} type="button" role="menuitemradio" tabIndex={-1} aria-checked={one === language} lang={one} onClick={() => (onLanguage(one), onEnd(true))}>
              {LANGUAGE_NAMES[one]}
              {one === language && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

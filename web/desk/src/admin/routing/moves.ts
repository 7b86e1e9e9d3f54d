// After a row is moved or removed, the focus stays with it (or beside it), and its new place is said.
import { useEffect, useRef, useState, type RefObject } from "react";

type Way = "up" | "down" | null;
export interface Moves {
  /** Around the list (`ol`) and the button that adds to it. */
  around: RefObject<HTMLDivElement | null>;
  told: string;
  moved: (to: number, way: Way, words?: string) => void;
}

export function useMoves(): Moves {
  const around = useRef<HTMLDivElement>(null);
  const wanted = useRef<{ to: number; way: Way } | null>(null);
  const [told, setTold] = useState("");
  useEffect(() => {
    if (!wanted.current) return;
    const { to, way } = wanted.current;
    wanted.current = null;
    const row = around.current?.querySelector(`:scope > ol > li:nth-child(${to + 1})`);
    const places = way === null ? ["button"] : [`.${way}`, way === "up" ? ".down" : ".up"];
    // A row's own buttons, not those of the rows inside it.
    const own = (place: string) => [...(row?.querySelectorAll<HTMLButtonElement>(place) ?? [])].find((button) => !button.disabled && button.closest("li") === row);
    const found = row ? places.map(own).find(Boolean) : around.current?.querySelector<HTMLElement>(":scope > button");
    found?.focus();
  });
  return { around, told, moved: (to, way, words = "") => { wanted.current = { to, way }; setTold(words); } };
}

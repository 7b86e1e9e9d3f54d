import { useLayoutEffect, useRef, type RefObject } from "react";

/** The log hangs at its foot, so what opens in it would push the very button away that was pressed: `hold` keeps that one where it is. */
export function useStill(row: RefObject<HTMLElement | null>, opened: string): () => void {
  const top = useRef<number | null>(null);
  useLayoutEffect(() => {
    const was = top.current;
    top.current = null;
    if (was !== null && row.current) row.current.closest(".stream")?.scrollBy({ top: row.current.getBoundingClientRect().top - was });
  }, [row, opened]);
  return () => {
    top.current = row.current?.getBoundingClientRect().top ?? null;
  };
}

import { useRef } from "react";
import { holdOrder } from "../state/select.ts";

/** The order of rows, standing still while the pointer is among them. */
export function useHeldOrder(fresh: string[], held: boolean): { order: string[]; waiting: number } {
  const shown = useRef<string[]>(fresh);
  // Reading the last order while drawing is the point: what is on screen stays.
  const result = holdOrder(shown.current, fresh, held && shown.current.length > 0);
  shown.current = result.order;
  return result;
}

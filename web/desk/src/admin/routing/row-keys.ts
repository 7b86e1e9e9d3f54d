// Names for the rows of a list that has none of its own: a row that is moved keeps its name, and with it what is open in it.
import { useState } from "react";

export interface RowKeys {
  /** Counted from 1 in the order the rows came. */
  keys: readonly number[];
  swap: (one: number, other: number) => void;
  remove: (at: number) => void;
}

export function useRowKeys(count: number): RowKeys {
  const [{ order, last }, set] = useState(() => grown([], 0, count));
  // The text decides how many there are; it can change without the form.
  if (order.length !== count) set(grown(order.slice(0, count), last, count));
  return {
    keys: order,
    swap: (one, other) => set({ last, order: order.map((key, at) => order[at === one ? other : at === other ? one : at] ?? key) }),
    remove: (gone) => set({ last, order: order.filter((_, at) => at !== gone) }),
  };
}

function grown(order: readonly number[], last: number, count: number): { order: readonly number[]; last: number } {
  const more = Array.from({ length: count - order.length }, (_, at) => last + at + 1);
  return { order: [...order, ...more], last: last + more.length };
}

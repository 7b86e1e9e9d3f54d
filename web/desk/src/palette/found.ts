// How somebody the search found is called in the palette: as everywhere on the desk, never by one of our own ids.
import type { SearchResult } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { sayName } from "../contact/name.ts";

type FoundContact = SearchResult["contacts"][number];

/** The name and, beside it, the address. Without any name the address stands in its place, unless that is our own id of a webchat visitor. */
export function sayFound(t: TFunction, { name, address, channel }: Pick<FoundContact, "name" | "address" | "channel">): { text: string; end?: string } {
  const sayable = channel === "webchat" ? "" : address;
  if (!name && sayable) return { text: sayable };
  return sayable ? { text: sayName(t, name), end: sayable } : { text: sayName(t, name) };
}

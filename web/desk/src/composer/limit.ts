// How much of a channel's room a text takes. SMS counts in segments of 160 GSM or 70 UCS-2 units, fewer when joined.
import type { Composer } from "@seaway/api/types";

const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
/** These take an escape sign too, so two units. */
const GSM_TWICE = new Set("\f^{}\\[~]|€");

/** A longer text than this many messages hold is refused. */
const MOST_MESSAGES = 10;

export interface Room {
  used: number;
  limit: number;
  /** No send takes this much. */
  over: boolean;
  /** As how many messages it leaves; segments are not messages. */
  messages: number;
  /** SMS only: how many messages the carrier will count. */
  segments: number | null;
  /** Close enough to the limit (or past one segment) to be worth showing. */
  near: boolean;
}

export function segmentsOf(text: string): { segments: number; units: number; perSegment: number } {
  if (text === "") return { segments: 0, units: 0, perSegment: 160 };
  const signs = [...text];
  const gsm = signs.every((sign) => GSM.has(sign) || GSM_TWICE.has(sign));
  const units = gsm ? signs.reduce((sum, sign) => sum + (GSM_TWICE.has(sign) ? 2 : 1), 0) : text.length;
  const [single, joined] = gsm ? [160, 153] : [70, 67];
  if (units <= single) return { segments: 1, units, perSegment: single };
  return { segments: Math.ceil(units / joined), units, perSegment: joined };
}

export function roomOf(text: string, composer: Pick<Composer, "text_limit" | "text_unit" | "splits">): Room {
  const { text_limit: limit } = composer;
  const most = limit * (composer.splits ? MOST_MESSAGES : 1);
  const signs = [...text].length;
  if (composer.text_unit === "gsm_segments") {
    // The limit is in characters; segments are what the carrier counts and bills.
    const { segments, units, perSegment } = segmentsOf(text);
    return { used: signs, limit, over: signs > most, messages: Math.ceil(signs / limit), segments, near: segments > 1 || units > perSegment - 20 };
  }
  const used = composer.text_unit === "chars" ? signs : composer.text_unit === "utf16" ? text.length : new TextEncoder().encode(text).length;
  return { used, limit, over: composer.splits ? signs > most : used > most, messages: Math.ceil(used / limit), segments: null, near: used > limit * 0.8 };
}

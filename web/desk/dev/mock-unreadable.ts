// What came in and could not be read, for looking at its page without a server. Used only by `?mock` in development.
import type { UnreadableDelivery, UnreadableDetail } from "@seaway/api/types";
import { accounts } from "./mock-channels.ts";

const row = (id: string, kind: UnreadableDelivery["kind"], account: string, hours: number, why: string, bytes: number | null): UnreadableDelivery => {
  const found = accounts.find((one) => one.id === account);
  return { id, kind, channel: { kind: found?.kind ?? "unknown", account_id: account, name: found?.name ?? "", address: found?.address ?? "" }, at: new Date(Date.now() - hours * 3_600_000).toISOString(), why, bytes };
};

export let rows: UnreadableDelivery[] = [
  row("KV0190000000007000800000000000000a", "delivery", "KA4", 0.2, "an event of the unknown type hologram", 1_412),
  row("KI0190000000007000800000000000000b", "event", "KA3", 3, "it failed three times", 866),
  row("KV0190000000007000800000000000000c", "delivery", "KA2", 7, "no field From; no field MessageSid; the body has 2 fields that nobody knows and a very long name of one: aVeryLongNameOfAFieldThatNobodyEverHeardOfAndThatHasNoSpaces", 214),
  row("KV0190000000007000800000000000000d", "delivery", "KA5", 9 * 24, "not JSON", null),
];

export function detail(id: string): UnreadableDetail | null {
  const unreadable = rows.find((one) => one.id === id);
  if (!unreadable) return null;
  if (unreadable.bytes === null) return { unreadable, text: null, cut: false, came: "", content_type: "" };
  if (unreadable.kind === "event") return { unreadable, text: JSON.stringify({ external_id: "wamid.HBgM", event: { kind: "message", text: "안녕하세요 👋 my card is •••• 1111" } }, null, 2), cut: false, came: "", content_type: "application/json" };
  return { unreadable, text: `{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[{"type":"hologram","replyToken":"••••","source":{"type":"user","userId":"U4af4980629"},"text":"hello <U+202E>dlrow"}]}\n${"x".repeat(400)}`, cut: true, came: "POST /in/line/KA4", content_type: "application/json; charset=utf-8" };
}

export function take(id: string | null): void {
  rows = id === null ? [] : rows.filter((one) => one.id !== id);
}

import type { Consent } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { comesBackByText, sayMeaning, sayWhy } from "./consent-words.ts";

const t = ((key: string, values: Record<string, string> = {}) => [key.replace("contact.consent", ""), ...Object.values(values)].join(" ").replaceAll(/[\u2068\u2069]/g, "|")) as unknown as TFunction;
const consent = (rule: string, word: string, change: Partial<Consent> = {}): Consent => ({ opted_out: true, at: "2026-11-22T09:00:00Z", rule, word, conversation_id: null, message_id: null, ...change });

test("no rule is shown as the server names it", () => {
  expect(sayWhy(t, consent("STOP", "stop."), "en")).toBe("Everywhere |stop.|");
  expect(sayWhy(t, consent("STOP ALL", "stop all"), "en")).toBe("Everywhere |stop all|");
  expect(sayWhy(t, consent("TD", "td"), "en")).toBe("Everywhere |td|");
  expect(sayWhy(t, consent("FR ARRET", "Arrêt"), "de")).toBe("Country |Arrêt| Frankreich");
  expect(sayWhy(t, consent("KR 수신거부", "수신거부"), "ko")).toBe("Country |수신거부| 대한민국");
  expect(sayWhy(t, consent("account WEG", "weg"), "en")).toBe("Account |weg|");
  expect(sayWhy(t, consent("provider", ""), "en")).toBe("Provider");
  expect(sayWhy(t, consent("blocked", ""), "en")).toBe("Blocked");
  expect(sayWhy(t, consent("blocked", "", { opted_out: false }), "en")).toBe("Unblocked");
});

test("what it means is said with it", () => {
  expect(sayMeaning(t, consent("STOP", "stop"), "sms")).toBe("Back");
  expect(sayMeaning(t, consent("provider", ""), "sms")).toBe("Back");
  expect(sayMeaning(t, consent("provider", ""), "custom")).toBe("BackProvider");
  expect(sayMeaning(t, consent("blocked", ""), "line")).toBe("BackBlocked");
  expect(sayMeaning(t, consent("START", "start", { opted_out: false }), "sms")).toBe("Free");
});

test("only who has the number comes back by a text message", () => {
  expect(["sms", "whatsapp", "custom", "line", "messenger"].filter(comesBackByText)).toEqual(["sms", "whatsapp"]);
});

// The rule by which somebody opted out or came back, in words. The server names it: `STOP` everywhere, `FR ARRET` in a country,
// `account WEG` by our own list, `provider` and `blocked` where nothing was written.
import type { Consent } from "@seaway/api/types";
import type { TFunction } from "i18next";

const COUNTRY = /^([A-Z]{2}) ./;

export function sayWhy(t: TFunction, { rule, word, opted_out: out }: Consent, language: string): string {
  if (rule === "provider") return t("contact.consentProvider");
  if (rule === "blocked") return t(out ? "contact.consentBlocked" : "contact.consentUnblocked");
  // Whatever script it is in, it stays within its quotes.
  const said = { word: `\u2068${word || rule}\u2069` };
  if (rule.startsWith("account ")) return t("contact.consentAccount", said);
  const country = COUNTRY.exec(rule)?.[1];
  return country ? t("contact.consentCountry", { ...said, country: nameOf(country, language) }) : t("contact.consentEverywhere", said);
}

/** What it means for an agent. Words are heard by phone alone, and a number's channel is called "sms". */
export function sayMeaning(t: TFunction, { rule, opted_out: out }: Consent, channel: string): string {
  if (!out) return t("contact.consentFree");
  if (rule === "blocked") return t("contact.consentBackBlocked");
  return t(comesBackByText(channel) ? "contact.consentBack" : "contact.consentBackProvider");
}

/** Whether people on a channel of this kind come back by a word they text. */
export const comesBackByText = (channel: string): boolean => channel === "sms" || channel === "whatsapp";

function nameOf(country: string, language: string): string {
  return new Intl.DisplayNames([language], { type: "region" }).of(country) ?? country;
}

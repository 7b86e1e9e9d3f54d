// Why we may write to an address or not: what they wrote, when, what it counts as, and what that means for whoever answers them.
import type { Consent } from "@seaway/api/types";
import { useTranslation } from "react-i18next";
import { sayWhen } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { sayMeaning, sayWhy } from "./consent-words.ts";

export function Evidence({ consent, channel }: { consent: Consent; channel: string }) {
  const { t, i18n } = useTranslation("desk");
  const now = useNow(60_000);
  const when = sayWhen(consent.at, now, i18n.language);
  return <span>{t(consent.opted_out ? "contact.consentOut" : "contact.consentIn", { when })}: {sayWhy(t, consent, i18n.language)}. {sayMeaning(t, consent, channel)}</span>;
}

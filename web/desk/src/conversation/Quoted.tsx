// The message that another one answers: whose words, and how they began.
import type { Quote } from "@seaway/api/types";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";

export function Quoted({ quote }: { quote: Quote }) {
  const { t } = useTranslation();
  const go = () => document.getElementById(`m-${quote.message_id}`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  return <button type="button" className="quoted" aria-label={t("log.quoted", { name: sayName(t, quote.name), text: quote.text })} onClick={go}><b className="cut">{sayName(t, quote.name)}</b><span className="cut" dir="auto">{quote.text}</span></button>;
}

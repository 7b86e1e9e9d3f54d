// What customers will see, with the settings as they stand in the form: the true chat in a frame without rights, which asks no server.
import type { ChannelAccount, ChannelKind } from "@seaway/api/types";
import { Segments } from "@seaway/kit/Segments";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asFields, FORM_LANGUAGES, type FormLanguage } from "./form-fields.ts";
import { valueOf } from "./settings.ts";

type Theme = "light" | "dark";
const NAMES: Record<FormLanguage, string> = { en: "English", de: "Deutsch", ko: "한국어" };
/** The frame is not told of every key. */
const SETTLE_MS = 250;

/** What the frame is told; the shape is the webchat's. */
export function lookOf(kind: ChannelKind, account: Pick<ChannelAccount, "name" | "settings">) {
  const setting = (key: string) => {
    const known = kind.settings.find((one) => one.key === key);
    const value = known ? valueOf(account, known) : "";
    return typeof value === "string" && value === "" ? (known?.default ?? "") : value;
  };
  const greeting = Object.fromEntries(FORM_LANGUAGES.map((language) => [language, setting(`greeting_${language}`)]));
  return { appearance: { name: account.name, color: setting("color"), position: setting("position"), greeting, languages: FORM_LANGUAGES }, form: setting("prechat") === true ? asFields(setting("prechat_fields")) : [] };
}

export function ChatPreview({ kind, account, url }: { kind: ChannelKind; account: Pick<ChannelAccount, "name" | "settings">; url: string }) {
  const { t, i18n } = useTranslation("admin");
  const frame = useRef<HTMLIFrameElement>(null);
  const [language, setLanguage] = useState<FormLanguage>(FORM_LANGUAGES.find((one) => i18n.language.startsWith(one)) ?? "en");
  const [theme, setTheme] = useState<Theme>("light");
  const [ready, setReady] = useState(false);
  const told = JSON.stringify({ seaway: 1, type: "preview", ...lookOf(kind, account), theme, language });
  useEffect(() => {
    const hear = (event: MessageEvent) => {
      if (event.source === frame.current?.contentWindow) setReady(true);
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, []);
  useEffect(() => {
    if (!ready) return;
    // A frame without rights has no origin that could be named; what it is told, every customer sees.
    const timer = setTimeout(() => frame.current?.contentWindow?.postMessage(JSON.parse(told), "*"), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [ready, told]);
  return (
    <div className="f preview">
      <div className="row">
        <span className="label grow">{t("preview.title")}</span>
        <Segments label={t("preview.language")} value={language} onChange={setLanguage} options={FORM_LANGUAGES.map((one) => ({ id: one, label: NAMES[one] }))} />
        <Segments label={t("preview.theme")} value={theme} onChange={setTheme} options={[{ id: "light", label: t("preview.light") }, { id: "dark", label: t("preview.dark") }]} />
      </div>
      <iframe ref={frame} title={t("preview.title")} src={url} sandbox="allow-scripts allow-forms" />
      <p className="hint">{t("preview.hint")}</p>
    </div>
  );
}

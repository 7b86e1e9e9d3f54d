// One setting of a channel, drawn by its kind. Secrets go in and never come back.
import type { Setting } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Field } from "@seaway/kit/Field";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { TextArea } from "@seaway/kit/TextArea";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFields } from "./form-fields.ts";
import { FormEditor } from "./FormEditor.tsx";
import { isLong, wordsOf } from "./guide.ts";
import { splitLines, type SettingValue } from "./settings.ts";

interface SettingFieldProps { kind: string; setting: Setting; value: SettingValue; secret: string; secretStored: boolean; error: string | null; onChange: (value: SettingValue) => void; onSecret: (value: string) => void }

export function SettingField({ kind, setting, value, secret, secretStored, error, onChange, onSecret }: SettingFieldProps) {
  const { t } = useTranslation("admin");
  // The server's words are English; the catalogue translates those it knows.
  const label = t(`setting.${kind}.${setting.key}.label`, { defaultValue: setting.label });
  const help = t(`setting.${kind}.${setting.key}.help`, { defaultValue: setting.help, skipInterpolation: true });
  const aside = setting.required ? undefined : t("optional");
  const text = setting.kind === "form" ? "" : Array.isArray(value) ? value.join("\n") : String(value);
  const [lines, setLines] = useState(text);
  const shared = { label, help, error, id: settingId(setting.key) };
  if (setting.kind === "secret") {
    return <Field {...shared} type="password" mono autoComplete="off" value={secret} onChange={onSecret} reveal={[t("show"), t("hide")]} placeholder={secretStored ? t("channels.secretStored") : ""} aside={secretStored && !secret ? <Badge icon="check">{t("channels.stored")}</Badge> : aside} />;
  }
  if (setting.kind === "form") return <FormEditor id={settingId(setting.key)} fields={asFields(value)} error={error} onChange={onChange} />;
  if (setting.kind === "toggle") {
    return <div className="f" id={settingId(setting.key)}><Switch isSelected={value === true} onChange={onChange} help={error ?? help}>{label}</Switch></div>;
  }
  if (setting.kind === "list") {
    return <TextArea {...shared} aside={aside ?? t("channels.onePerLine")} mono value={lines} onChange={(typed) => { setLines(typed); onChange(splitLines(typed)); }} rows={3} />;
  }
  if (setting.kind === "color") {
    return <Field {...shared} aside={aside} mono value={text} onChange={onChange} start={<input type="color" aria-label={label} value={/^#[\da-f]{6}$/i.test(text) ? text : "#076c92"} onChange={(event) => onChange(event.target.value)} />} />;
  }
  const words = wordsOf(kind, setting.key);
  if (words.length > 0) {
    const say = (word: string) => t(`setting.${kind}.${setting.key}.words.${word}`, { defaultValue: word });
    const options = [...new Set([...words, ...(text ? [text] : [])])].map((id) => ({ id, label: say(id) }));
    return <div id={settingId(setting.key)}><Select label={label} help={help} error={error} value={text || null} onChange={onChange} options={options} /></div>;
  }
  if (isLong(kind, setting.key)) return <TextArea {...shared} aside={aside} value={text} onChange={onChange} rows={3} />;
  // A text that begins as JSON wants room, and every quote and bracket as it is.
  if (setting.default?.startsWith("{")) return <TextArea {...shared} aside={aside} mono value={text} onChange={onChange} rows={4} />;
  return <Field {...shared} aside={aside} mono={setting.kind === "url"} type={setting.kind === "phone" ? "tel" : setting.kind === "url" ? "url" : "text"} value={text} onChange={onChange} />;
}

export function settingId(key: string): string {
  return `setting-${key}`;
}

/** Scrolls to a setting's field and puts the cursor in it. */
export function goToSetting(key: string): void {
  const field = document.getElementById(settingId(key));
  field?.closest("details")?.setAttribute("open", "");
  field?.scrollIntoView({ block: "center" });
  const input = field?.matches("input, textarea") ? field : field?.querySelector<HTMLElement>("input, textarea, button");
  input?.focus();
}

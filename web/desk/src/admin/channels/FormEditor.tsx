// The fields of the form before the first message: which, in which order, and what customers read in each language.
import type { FormField } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { Segments } from "@seaway/kit/Segments";
import { Switch } from "@seaway/kit/Switch";
import { TextArea } from "@seaway/kit/TextArea";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FIELD_TYPES, FORM_LANGUAGES, add, choiceLines, fieldTrouble, hasFixedKey, mayAdd, move, putChoices, type FormLanguage } from "./form-fields.ts";

const NAMES: Record<FormLanguage, string> = { en: "English", de: "Deutsch", ko: "한국어" };

export function FormEditor({ id, fields, error, onChange }: { id: string; fields: readonly FormField[]; error: string | null; onChange: (fields: FormField[]) => void }) {
  const { t, i18n } = useTranslation("admin");
  const [language, setLanguage] = useState<FormLanguage>(FORM_LANGUAGES.find((one) => i18n.language.startsWith(one)) ?? "en");
  const put = (at: number, field: FormField) => onChange(fields.map((one, place) => (place === at ? field : one)));
  return (
    <div className="f formed" id={id} role="group" aria-label={t("prechat.title")}>
      <div className="row"><span className="label grow">{t("prechat.title")}</span>{fields.length > 0 && <Segments label={t("prechat.language")} value={language} onChange={setLanguage} options={FORM_LANGUAGES.map((one) => ({ id: one, label: NAMES[one] }))} />}</div>
      {fields.length === 0 && <p className="hint">{t("prechat.none")}</p>}
      <ol>
        {fields.map((field, at) => (
          <One key={at} no={at + 1} last={at === fields.length - 1} fields={fields} field={field} language={language} onChange={(next) => put(at, next)} onMove={(by) => onChange(move(fields, at, by))} onRemove={() => onChange(fields.filter((_, place) => place !== at))} />
        ))}
      </ol>
      <div className="adds" role="group" aria-label={t("prechat.add")}>
        <span className="hint">{t("prechat.add")}</span>
        {FIELD_TYPES.map((type) => <Button key={type} size="s" icon="plus" isDisabled={!mayAdd(fields, type)} onPress={() => onChange(add(fields, type))}>{t(`prechat.type.${type}`)}</Button>)}
      </div>
      {error && <p className="fix" role="alert"><Icon name="circle-alert" /><span>{error}</span></p>}
    </div>
  );
}

interface OneProps { no: number; last: boolean; fields: readonly FormField[]; field: FormField; language: FormLanguage; onChange: (field: FormField) => void; onMove: (by: -1 | 1) => void; onRemove: () => void }

function One({ no, last, fields, field, language, onChange, onMove, onRemove }: OneProps) {
  const { t } = useTranslation("admin");
  const trouble = fieldTrouble(fields, field);
  const name = t("prechat.field", { no, type: t(`prechat.type.${field.type}`) });
  const inLanguage = `${NAMES[language]}`;
  return (
    <li aria-label={name}>
      <div className="row">
        <span className="strong grow">{name}</span>
        <IconButton size="s" icon="up" label={t("prechat.up", { name })} isDisabled={no === 1} onPress={() => onMove(-1)} />
        <IconButton size="s" icon="down" label={t("prechat.down", { name })} isDisabled={last} onPress={() => onMove(1)} />
        <IconButton size="s" icon="trash" label={t("prechat.remove", { name })} onPress={onRemove} />
      </div>
      <Field label={t(field.type === "consent" ? "prechat.wording" : "prechat.label", { language: inLanguage })} value={field.label[language] ?? ""} onChange={(text) => onChange({ ...field, label: { ...field.label, [language]: text } })} error={trouble === "label" ? t("prechat.trouble.label") : null} />
      {field.type === "choice" && <Choices key={`${language} ${field.key}`} field={field} language={language} error={trouble === "choices" ? t("prechat.trouble.choices") : null} onChange={onChange} />}
      {field.type !== "consent" && field.type !== "choice" && <Field label={t("prechat.placeholder", { language: inLanguage })} aside={t("optional")} value={field.placeholder[language] ?? ""} onChange={(text) => onChange({ ...field, placeholder: { ...field.placeholder, [language]: text } })} />}
      <div className="row foot">
        <Switch isSelected={field.required} onChange={(required) => onChange({ ...field, required })}>{t("prechat.required")}</Switch>
        {!hasFixedKey(field.type) && <Field className="grow" mono label={t("prechat.key")} help={t("prechat.keyHelp", { key: field.key })} value={field.key} onChange={(key) => onChange({ ...field, key: key.trim() })} error={trouble === "key" || trouble === "twice" ? t(`prechat.trouble.${trouble}`) : null} />}
      </div>
    </li>
  );
}

function Choices({ field, language, error, onChange }: { field: FormField; language: FormLanguage; error: string | null; onChange: (field: FormField) => void }) {
  const { t } = useTranslation("admin");
  // As typed: an empty line in the making is no answer yet, and must not vanish.
  const [text, setText] = useState(() => choiceLines(field, language));
  return <TextArea label={t("prechat.choices", { language: NAMES[language] })} help={t("prechat.choicesHelp")} error={error} rows={3} value={text} onChange={(next) => { setText(next); onChange(putChoices(field, language, next)); }} />;
}

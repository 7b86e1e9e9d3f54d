// One custom field. What it is of and its key stay once it is made: values were written by them.
import type { CustomField, FieldChoice, FieldKind } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { IconButton } from "@seaway/kit/IconButton";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../i18n/setup.ts";
import { sayField } from "../../contact/field-words.ts";
import { paths } from "../../pages/paths.ts";
import { languageName } from "../../pages/shared/languages.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";

export const toField = (id: string) => (id ? `${paths.fields}/${id}` : paths.fields);

const KINDS: readonly FieldKind[] = ["text", "number", "date", "choice", "yes_no", "link"];
const SUBJECTS = ["contact", "task"] as const;
const BLANK: Omit<CustomField, "id" | "version"> = { subject: "contact", key: "", kind: "text", labels: {}, choices: [], required: false, shown: true, place: 0 };

export function FieldForm({ field }: { field: CustomField | null }) {
  const { t, i18n } = useTranslation("admin");
  const form = useItemForm<CustomField>({ path: "/custom-fields", item: field, to: toField, blank: BLANK, body: (changed, values) => (field ? changed : posted(values)) });
  const { values } = form;
  const bare = values.kind === "choice" && (values.choices.length === 0 || values.choices.some((one) => !one.value.trim() || !hasText(one.labels)));
  const cannot = !values.key ? t("fields.keyMissing") : !hasText(values.labels) ? t("fields.labelMissing") : bare ? t("fields.choiceMissing") : null;
  const name = field ? sayField(field, i18n.language) : t("fields.new");
  const example = values.subject === "contact" ? `{{contact.fields.${values.key || "key"}}}` : values.key || "key";
  const head = field && <RemoveForGood path="/custom-fields" item={field} name={name} text={t("fields.deleteText")} back={paths.fields} />;
  return (
    <SettingsFrame title={name} back={{ href: paths.fields, label: t("fields.title") }} head={head} foot={<SaveBar form={form} cannot={cannot} />}>
      <div className="form">
        <section>
          <Select label={t("fields.subject")} isDisabled={Boolean(field)} value={values.subject} onChange={(id) => form.set("subject", SUBJECTS.find((one) => one === id) ?? "contact")} options={SUBJECTS.map((id) => ({ id, label: t(`fields.subjects.${id}`) }))} />
          <Field label={t("fields.key")} help={t("fields.keyHelp")} mono isReadOnly={Boolean(field)} value={values.key} onChange={(key) => form.set("key", key.replace(/\W/g, ""))} error={form.errorOf("/key")} />
          <Select label={t("fields.kind")} help={t("fields.kindHelp")} value={values.kind} onChange={(id) => form.merge(ofKind(id, field))} options={KINDS.map((id) => ({ id, label: t(`fields.kinds.${id}`) }))} />
        </section>
        <section>
          <h3>{t("fields.label")}</h3>
          {LANGUAGES.map((tag) => <Field key={tag} label={languageName(tag)} lang={tag} value={values.labels[tag] ?? ""} onChange={(text) => form.set("labels", worded(values.labels, tag, text))} error={form.errorOf(`/labels/${tag}`) ?? (tag === LANGUAGES[0] ? form.errorOf("/labels") : null)} />)}
        </section>
        {values.kind === "choice" && <Choices choices={values.choices} onChange={(choices) => form.set("choices", choices)} errorOf={form.errorOf} />}
        <section>
          <div className="f"><Switch isSelected={values.required} onChange={(on) => form.set("required", on)} help={t("fields.requiredHelp")}>{t("fields.required")}</Switch></div>
          <div className="f"><Switch isSelected={values.shown} onChange={(on) => form.set("shown", on)} help={t("fields.shownHelp")}>{t("fields.shown")}</Switch></div>
          <Field label={t("fields.place")} help={t("fields.placeHelp")} type="number" inputMode="numeric" value={String(values.place)} onChange={(typed) => form.set("place", Math.max(0, Number(typed) || 0))} error={form.errorOf("/place")} />
        </section>
        <section>
          <h3>{t("fields.use")}</h3>
          <p className="lead">{t(values.subject === "contact" ? "fields.useText" : "fields.useTask", { example })}</p>
        </section>
      </div>
    </SettingsFrame>
  );
}

function Choices({ choices, onChange, errorOf }: { choices: readonly FieldChoice[]; onChange: (choices: FieldChoice[]) => void; errorOf: (pointer: string) => string | null }) {
  const { t } = useTranslation("admin");
  const put = (at: number, change: Partial<FieldChoice>) => onChange(choices.map((one, no) => (no === at ? { ...one, ...change } : one)));
  return (
    <section>
      <h3>{t("fields.choices")}</h3>
      {choices.map((choice, at) => (
        // The place is the choice's only identity while its value is typed.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className="f" role="group" aria-label={choice.value || t("fields.value")}>
          <div className="addline choice"><Field label={t("fields.value")} mono value={choice.value} onChange={(value) => put(at, { value })} error={errorOf(`/choices/${at}/value`)} />
            <IconButton icon="trash" label={t("fields.removeChoice", { name: choice.value })} onPress={() => onChange(choices.filter((_, no) => no !== at))} /></div>
          {LANGUAGES.map((tag) => <div key={tag} className="langrow"><span className="meta">{languageName(tag)}</span><Field label={`${t("fields.label")}, ${languageName(tag)}`} hideLabel lang={tag} value={choice.labels[tag] ?? ""} onChange={(text) => put(at, { labels: worded(choice.labels, tag, text) })} error={errorOf(`/choices/${at}/labels/${tag}`)} /></div>)}
        </div>
      ))}
      <Button size="s" icon="plus" onPress={() => onChange([...choices, { value: "", labels: {} }])}>{t("fields.addChoice")}</Button>
    </section>
  );
}

/** Back at the kind it has, the choices it has are there again. */
function ofKind(id: string, field: CustomField | null): Pick<CustomField, "kind" | "choices"> {
  const kind = KINDS.find((one) => one === id) ?? "text";
  return { kind, choices: kind === field?.kind ? field.choices : [] };
}

function posted({ subject, key, kind, labels, choices, required, shown, place }: CustomField): object {
  return { subject, key, kind, labels, choices, required, shown, place };
}

function worded(labels: Record<string, string>, tag: string, text: string): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...labels, [tag]: text }).filter(([, word]) => word !== ""));
}

function hasText(labels: Record<string, string>): boolean {
  return Object.values(labels).some((word) => word.trim() !== "");
}

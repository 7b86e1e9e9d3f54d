// Fields and their values in their order, each with the editor of its kind.
import type { CustomField } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { toast } from "@seaway/kit/toasts";
import { useId, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { sayRefusal } from "../shell/refusal.ts";
import { fits, linkOf, sayField, sayFieldValue } from "./field-words.ts";
import "./contact.css";

export interface RowsProps { title: string; fields: readonly CustomField[]; mayWrite: boolean; valueOf: (field: CustomField) => string | undefined; save: (field: CustomField, value: string) => Promise<void> }

export function FieldRows({ title, fields, mayWrite, valueOf, save }: RowsProps) {
  const { t, i18n } = useTranslation("desk");
  const [editing, setEditing] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const seen = fields.filter((field) => field.shown || valueOf(field) !== undefined);
  if (seen.length === 0) return null;
  function edit(id: string | null): void {
    setEditing(id);
    setRefused(null);
  }
  async function put(field: CustomField, value: string): Promise<void> {
    try {
      await save(field, value);
      edit(null);
    } catch (thrown) {
      if (editing === field.id) setRefused(sayRefusal(t, thrown));
      else toast(sayRefusal(t, thrown));
    }
  }
  return (
    <section className="sec fieldrows" aria-label={title}>
      <h3>{title}</h3>
      <dl className="kv">
        {seen.map((field) => {
          const [name, value] = [sayField(field, i18n.language), valueOf(field)];
          return (
            <div key={field.id} className="fact">
              <dt className="cut" title={name}>{name}</dt>
              <dd>{editing === field.id
                ? <Editor field={field} name={name} value={value ?? ""} refused={refused} onSave={(next) => void put(field, next)} onCancel={() => edit(null)} />
                : <Shown field={field} name={name} value={value} onEdit={mayWrite ? () => edit(field.id) : undefined} onClear={mayWrite && !field.required && value !== undefined ? () => void put(field, "") : undefined} />}</dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function Shown({ field, name, value, onEdit, onClear }: { field: CustomField; name: string; value: string | undefined; onEdit?: () => void; onClear?: () => void }) {
  const { t, i18n } = useTranslation("desk");
  const link = value === undefined ? null : linkOf(field, value);
  // Written while the field was another.
  const misfit = value === undefined || fits(field, value) ? null : t("field.misfit", { takes: t(`field.takes.${field.kind}`) });
  return (
    <span className="row value">
      {value === undefined ? (field.required ? <Badge tone="warn">{t("field.missing")}</Badge> : <span className="t3">{t("field.none")}</span>)
        : link ? <a className="cut" href={link} target="_blank" rel="noopener noreferrer" title={link}>{link.replace(/^https?:\/\//, "")}</a>
          : <span className="cut" dir="auto" title={value}>{sayFieldValue(t, field, value, i18n.language)}</span>}
      {misfit && <span className="row" title={misfit}><Icon name="alert" size={14} label={misfit} className="warn" /></span>}
      <span className="grow" />
      {onEdit && <IconButton size="s" icon="edit" className="hush" label={t("field.edit", { name })} onPress={onEdit} />}
      {onClear && <IconButton size="s" icon="x" className="hush" label={t("field.clear", { name })} onPress={onClear} />}
    </span>
  );
}

interface EditorProps { field: CustomField; name: string; value: string; refused: string | null; onSave: (value: string) => void; onCancel: () => void }

function Editor({ field, name, value, refused, onSave, onCancel }: EditorProps) {
  const { t, i18n } = useTranslation("desk");
  const [text, setText] = useState(value);
  const why = useId();
  const done = () => (text.trim() === "" || text.trim() === value ? onCancel() : onSave(text.trim()));
  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") done();
    if (event.key === "Escape") onCancel();
  }
  if (field.kind === "choice" || field.kind === "yes_no") {
    const values = field.kind === "choice" ? field.choices.map((choice) => choice.value) : ["yes", "no"];
    return (
      <span className="field small"><select aria-label={name} autoFocus value={value} onChange={(event) => onSave(event.target.value)} onKeyDown={(event) => event.key === "Escape" && onCancel()} onBlur={onCancel}>
        {!values.includes(value) && <option value={value}>{value}</option>}
        {values.map((one) => <option key={one} value={one}>{sayFieldValue(t, field, one, i18n.language)}</option>)}
      </select></span>
    );
  }
  const kinds = { text: "text", number: "text", date: "date", link: "url" } as const;
  return <>
    <span className={`field small ${refused ? "bad" : ""}`.trim()}><input aria-label={name} aria-invalid={refused !== null} aria-describedby={refused ? why : undefined} autoFocus type={kinds[field.kind]} inputMode={field.kind === "number" ? "decimal" : undefined} value={text} dir="auto" onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} onBlur={() => (refused ? onCancel() : done())} /></span>
    {refused && <p id={why} className="fix" role="alert"><Icon name="circle-alert" /><span>{refused}</span></p>}
  </>;
}

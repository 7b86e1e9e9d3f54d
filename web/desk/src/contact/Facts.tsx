// What is known about a person, who said it, and a way to put it right in place.
import type { Fact, Person } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { toast } from "@seaway/kit/toasts";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { sayFactKey, sayFactValue } from "./fact-words.ts";
import { useFields } from "./Fields.tsx";

export function Facts({ person, mayWrite }: { person: Person; mayWrite: boolean }) {
  const { t, i18n } = useTranslation();
  const commands = useCommands();
  const queries = useQueryClient();
  // What has a field stands there, with the editor of its kind.
  const fields = useFields("contact");
  // The address of a platform's picture is no knowledge, and is not loaded: that would tell the platform who looks.
  const facts = person.facts.filter((fact) => !fields.some((field) => field.key === fact.key) && !(fact.key === "picture" && fact.source === "channel"));
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);

  async function save(key: string, value: string): Promise<void> {
    try {
      await (value ? commands.setFact(person.id, key, value) : commands.removeFact(person.id, key));
      await queries.invalidateQueries({ queryKey: ["person", person.id] });
      setEditing(null);
      setAdding(false);
    } catch (thrown) {
      toast(sayRefusal(t, thrown));
    }
  }
  return (
    <section className="sec" aria-label={t("contact.facts")}>
      <h3>{t("contact.facts")}{mayWrite && !adding && <button type="button" className="link" onClick={() => setAdding(true)}>{t("word.add")}</button>}</h3>
      {facts.length === 0 && !adding && <p className="meta">{t("contact.noFacts")}</p>}
      <dl className="kv">
        {facts.map((fact) => (
          <div key={`${fact.key} ${fact.contact_id}`} className="fact">
            <dt className="cut" title={sayFactKey(t, fact, i18n.language)}>{sayFactKey(t, fact, i18n.language)}</dt>
            <dd>
              {editing === fact.key ? <ValueField label={sayFactKey(t, fact, i18n.language)} value={fact.value} onSave={(value) => void save(fact.key, value)} onCancel={() => setEditing(null)} />
                : <Value fact={fact} onEdit={mayWrite ? () => setEditing(fact.key) : undefined} onRemove={mayWrite ? () => void save(fact.key, "") : undefined} />}
            </dd>
          </div>
        ))}
      </dl>
      {adding && <NewFact onSave={(key, value) => void save(key, value)} onCancel={() => setAdding(false)} />}
    </section>
  );
}

function Value({ fact, onEdit, onRemove }: { fact: Fact; onEdit?: () => void; onRemove?: () => void }) {
  const { t, i18n } = useTranslation();
  return (
    <span className="row value" title={t(`contact.source_${fact.source}`)}>
      <span className="cut" dir="auto">{sayFactValue(fact, i18n.language)}</span>
      {fact.verified && <Icon name="circle-check" size={14} label={t("contact.proven")} className="ok" />}
      <span className="grow" />
      {onEdit && <IconButton size="s" icon="edit" className="hush" label={t("contact.editFact", { name: sayFactKey(t, fact, i18n.language) })} onPress={onEdit} />}
      {onRemove && <IconButton size="s" icon="x" className="hush" label={t("contact.removeFact", { name: sayFactKey(t, fact, i18n.language) })} onPress={onRemove} />}
    </span>
  );
}

function ValueField({ label, value, onSave, onCancel }: { label: string; value: string; onSave: (value: string) => void; onCancel: () => void }) {
  const [text, setText] = useState(value);
  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") onSave(text.trim());
    if (event.key === "Escape") onCancel();
  }
  return <span className="field small"><input aria-label={label} autoFocus value={text} dir="auto" onChange={(event) => setText(event.target.value)} onKeyDown={onKeyDown} onBlur={() => (text.trim() === value ? onCancel() : onSave(text.trim()))} /></span>;
}

function NewFact({ onSave, onCancel }: { onSave: (key: string, value: string) => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <form className="newfact" onSubmit={(event) => { event.preventDefault(); if (key.trim() && value.trim()) onSave(key.trim(), value.trim()); }} onKeyDown={(event) => event.key === "Escape" && onCancel()}>
      <span className="field"><input autoFocus aria-label={t("contact.factName")} placeholder={t("contact.factName")} value={key} onChange={(event) => setKey(event.target.value)} /></span>
      <span className="field"><input aria-label={t("contact.factValue")} placeholder={t("contact.factValue")} value={value} onChange={(event) => setValue(event.target.value)} /></span>
      <button type="submit" className="btn s" disabled={!key.trim() || !value.trim()}>{t("word.save")}</button>
      <button type="button" className="btn s ghost" onClick={onCancel}>{t("word.cancel")}</button>
    </form>
  );
}

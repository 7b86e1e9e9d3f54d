// What is known of a person. Only what an agent noted can be changed here; other facts say where they come from.
import type { Fact, Person } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useForget } from "../shared/resource.ts";
import { sayFactKey, sayFactValue } from "../../contact/fact-words.ts";
import { PersonFields, useFields } from "../../contact/Fields.tsx";
import { http, ws } from "../../api/http.ts";

type Change = (work: () => Promise<unknown>, said?: string, undo?: () => Promise<unknown>) => Promise<void>;

export function Facts({ person, mayWrite, change }: { person: Person; mayWrite: boolean; change: Change }) {
  const { t, i18n } = useTranslation("pages");
  const named = (fact: Fact) => sayFactKey(t, fact, i18n.language);
  const [editing, setEditing] = useState<{ key: string; value: string; fresh: boolean } | null>(null);
  const forget = useForget();
  const path = (key: string) => ws(`/contacts/${person.id}/facts/${encodeURIComponent(key)}`);
  const put = (key: string, value: string) => http.put(path(key), { value });
  async function save() {
    if (!editing?.key.trim() || !editing.value.trim()) return;
    await change(() => put(editing.key.trim(), editing.value.trim()));
    setEditing(null);
  }
  const remove = (fact: Fact) => change(() => http.delete(path(fact.key)), t("contacts.factRemoved", { fact: named(fact) }), () => put(fact.key, fact.value));
  const fields = useFields("contact");
  // What has a field stands there, with the editor of its kind.
  const facts = person.facts.filter((fact) => !fields.some((field) => field.key === fact.key));
  return <>
    <PersonFields person={person} mayWrite={mayWrite} save={async (key, value) => { await (value ? put(key, value) : http.delete(path(key))); await forget("/contacts"); }} />
    <section className="sec">
      <h3>{t("contacts.facts")}{mayWrite && !editing && <Button size="s" variant="ghost" icon="plus" onPress={() => setEditing({ key: "", value: "", fresh: true })}>{t("add")}</Button>}</h3>
      <ul>{facts.map((fact) => (
        <li key={`${fact.contact_id}${fact.key}`} className="factrow">
          <span className="key cut" title={t(`contacts.source.${fact.source}`)}>{named(fact)}</span>
          <span className="val" dir="auto">{sayFactValue(fact, i18n.language)} {fact.verified && <Icon name="circle-check" size={14} label={t("contacts.proved")} className="okmark inline" />}</span>
          {mayWrite ? <span className="row" style={{ gap: 0 }}>
            <IconButton size="s" icon="edit" label={t("contacts.editFact", { fact: named(fact) })} onPress={() => setEditing({ key: fact.key, value: fact.value, fresh: false })} />
            <IconButton size="s" icon="x" label={t("contacts.removeFact", { fact: named(fact) })} onPress={() => void remove(fact)} />
          </span> : <span />}
        </li>))}
      </ul>
      {facts.length === 0 && !editing && <p className="meta">{t("contacts.noFacts")}</p>}
      {editing && (
        <form style={{ marginTop: 8 }} onSubmit={(event) => { event.preventDefault(); void save(); }}>
          <Field label={t("contacts.factName")} value={editing.key} onChange={(key) => setEditing({ ...editing, key })} isReadOnly={!editing.fresh} autoFocus={editing.fresh} />
          <Field label={t("contacts.factValue")} value={editing.value} onChange={(value) => setEditing({ ...editing, value })} autoFocus={!editing.fresh} />
          <div className="row"><Button type="submit" size="s" variant="primary">{t("save")}</Button><Button size="s" variant="ghost" onPress={() => setEditing(null)}>{t("cancel")}</Button></div>
        </form>
      )}
    </section>
  </>;
}

// Small forms for a place and a person that go with the reply. Faults show once somebody wants to keep what is not fit.
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { aPerson, aPlace, LONGEST, pasted, wrongInPerson, wrongInPlace, type Fault, type PersonDraft, type PlaceDraft } from "./shared.ts";

interface FormProps<Draft> { draft: Draft | null; onKeep: (draft: Draft) => void; onClose: () => void }

function useFault(found: Record<string, Fault | undefined>): { shown: boolean; show: () => void; of: (field: string) => string | undefined } {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const of = (field: string) => (shown && found[field] ? t(`shared.${found[field]}`, { most: field === "latitude" ? 90 : field === "longitude" ? 180 : LONGEST }) : undefined);
  return { shown, show: () => setShown(true), of };
}

export function PlaceForm({ draft, onKeep, onClose }: FormProps<PlaceDraft>) {
  const { t } = useTranslation();
  const [place, setPlace] = useState(draft ?? aPlace());
  const wrong = wrongInPlace(place);
  const fault = useFault(wrong);
  const set = (field: keyof PlaceDraft) => (value: string) => setPlace({ ...place, [field]: value, ...(field === "latitude" && pasted(value)) });
  const keep = () => (Object.keys(wrong).length > 0 ? fault.show() : onKeep(place));
  return (
    <Form title={t("shared.place")} onClose={onClose} onKeep={keep}>
      <Field label={t("shared.name")} value={place.name} onChange={set("name")} error={fault.of("name")} autoFocus />
      <Field label={t("shared.address")} value={place.address} onChange={set("address")} error={fault.of("address")} />
      <div className="pair">
        <Field label={t("shared.latitude")} placeholder="53.5436" inputMode="text" value={place.latitude} onChange={set("latitude")} error={fault.of("latitude")} />
        <Field label={t("shared.longitude")} placeholder="9.9678" inputMode="text" value={place.longitude} onChange={set("longitude")} error={fault.of("longitude")} />
      </div>
      <p className="t2 small">{t("shared.pasteHint")}</p>
    </Form>
  );
}

export function PersonForm({ draft, onKeep, onClose }: FormProps<PersonDraft>) {
  const { t } = useTranslation();
  const [person, setPerson] = useState(draft ?? aPerson());
  const wrong = wrongInPerson(person);
  const fault = useFault(wrong);
  const set = (field: keyof PersonDraft) => (value: string) => setPerson({ ...person, [field]: value });
  const keep = () => (Object.keys(wrong).length > 0 ? fault.show() : onKeep(person));
  return (
    <Form title={t("shared.person")} onClose={onClose} onKeep={keep}>
      <Field label={t("shared.name")} value={person.name} onChange={set("name")} error={fault.of("name")} autoFocus />
      <Field label={t("shared.organization")} value={person.organization} onChange={set("organization")} error={fault.of("organization")} />
      <Field label={t("shared.phone")} placeholder="+49 1573 5980000" type="tel" value={person.phone} onChange={set("phone")} error={fault.of("phone")} />
      <Field label={t("shared.email")} type="text" inputMode="email" value={person.email} onChange={set("email")} error={fault.of("email")} />
    </Form>
  );
}

function Form({ title, children, onKeep, onClose }: { title: string; children: ReactNode; onKeep: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onKeep();
  };
  return (
    <Dialog title={title} closeLabel={t("word.close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("word.cancel")}</Button><Button variant="primary" onPress={onKeep}>{t("shared.keep")}</Button></>}>
      <form className="shared-form" noValidate onSubmit={submit}>{children}<button type="submit" hidden>{t("shared.keep")}</button></form>
    </Dialog>
  );
}

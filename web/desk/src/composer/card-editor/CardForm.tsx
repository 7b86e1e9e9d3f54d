// One card: its title, text, picture and buttons, each with the room it has.
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { Segments } from "@seaway/kit/Segments";
import { TextArea } from "@seaway/kit/TextArea";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { newId } from "../../api/id.ts";
import { sayBytes } from "../../time/format.ts";
import { CARD, meaningOf, type ButtonDraft, type CardDraft, type CardField, type CardProblem } from "../cards.ts";
import { usePicture } from "./use-picture.ts";

interface CardFormProps {
  card: CardDraft;
  cards: readonly CardDraft[];
  problems: readonly CardProblem[];
  /** Nothing is asked for before somebody wants to send it. */
  tried: boolean;
  /** Characters of a text that stands on the card itself; null where cards are written out. */
  room: number | null;
  onChange: (change: Partial<CardDraft>) => void;
}

export function CardForm({ card, cards, problems, tried, room, onChange }: CardFormProps) {
  const { t } = useTranslation();
  const [fresh, setFresh] = useState<string | null>(null);
  const says = (field: CardField, button: number | null = null) => {
    const one = problems.find((problem) => problem.field === field && problem.button === button);
    return one && (tried || (one.code !== "required" && one.code !== "bare")) ? t(`card.${field}_${one.code}`) : null;
  };
  const length = [...card.text.trim()].length;
  const setButton = (at: number, change: Partial<ButtonDraft>) => onChange({ buttons: card.buttons.map((one, no) => (no === at ? { ...one, ...change } : one)) });
  const addButton = () => {
    const button: ButtonDraft = { id: newId(), label: "", does: "reply", value: "" };
    setFresh(button.id);
    onChange({ buttons: [...card.buttons, button] });
  };
  const bare = says("card");
  return (
    <div className="card-form">
      <Field autoFocus={card.title === ""} label={t("card.title")} value={card.title} onChange={(title) => onChange({ title: title.replaceAll("\n", " ") })} aside={<Count text={card.title} most={CARD.title} />} error={says("title")} />
      <TextArea label={t("card.text")} rows={3} value={card.text} onChange={(text) => onChange({ text })} aside={<Count text={card.text} most={CARD.text} />} error={says("text")}
        help={room !== null && length > room && length <= CARD.text ? t("card.saidBefore", { count: room }) : undefined} />
      <Picture card={card} onChange={onChange} />
      {card.buttons.map((button, at) => (
        <ButtonForm key={button.id} button={button} isFresh={button.id === fresh} no={at + 1} means={meaningOf(cards, card, { ...button, value: "" })} wrong={{ label: says("label", at), value: says("value", at) }}
          onChange={(change) => setButton(at, change)} onRemove={() => onChange({ buttons: card.buttons.filter((one) => one !== button) })} />
      ))}
      {bare && <p className="fix" role="alert"><Icon name="circle-alert" /><span>{bare}</span></p>}
      <div className="row">
        <Button size="s" icon="plus" isDisabled={card.buttons.length >= CARD.buttons} onPress={addButton}>{t("card.addButton")}</Button>
        <span className="meta num">{t("composer.chars", { used: card.buttons.length, limit: CARD.buttons })}</span>
      </div>
    </div>
  );
}

/** Said once it matters. */
function Count({ text, most }: { text: string; most: number }) {
  const { t } = useTranslation();
  const used = [...text.trim()].length;
  return used > most * 0.8 ? <span className={`num ${used > most ? "bad" : ""}`}>{t("composer.chars", { used, limit: most })}</span> : null;
}

function Picture({ card, onChange }: { card: CardDraft; onChange: (change: Partial<CardDraft>) => void }) {
  const { t, i18n } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const picture = usePicture((image) => onChange({ image }));
  return (
    <div className="card-picture" role="group" aria-label={t("card.picture")}>
      <input ref={picker} type="file" hidden accept="image/jpeg,image/png" aria-hidden="true" tabIndex={-1} onChange={(event) => { const file = event.target.files?.[0]; if (file) picture.start(file); event.target.value = ""; }} />
      {card.image ? (
        <span className="fchip">
          {card.image.thumbnail_url ? <img src={card.image.thumbnail_url} alt="" width={28} height={28} /> : <Icon name="camera" />}
          <span className="cut" title={card.image.name}>{card.image.name}</span><span className="meta num">{sayBytes(card.image.bytes, i18n.language)}</span>
          <IconButton size="s" icon="x" label={t("composer.removeFile", { name: card.image.name })} onPress={() => onChange({ image: null })} />
        </span>
      ) : picture.part !== null ? (
        <span className="fchip"><Icon name="upload" /><progress max={1} value={picture.part} aria-label={t("composer.uploading", { name: t("card.picture") })} /><IconButton size="s" icon="x" label={t("composer.cancelFile", { name: t("card.picture") })} onPress={picture.cancel} /></span>
      ) : <Button size="s" icon="camera" onPress={() => picker.current?.click()}>{t("card.addPicture")}</Button>}
      {picture.refused && <span className="fix" role="alert"><Icon name="circle-alert" /><span>{picture.refused}</span></span>}
    </div>
  );
}

interface ButtonFormProps { button: ButtonDraft; isFresh: boolean; no: number; means: string; wrong: { label: string | null; value: string | null }; onChange: (change: Partial<ButtonDraft>) => void; onRemove: () => void }

function ButtonForm({ button, isFresh, no, means, wrong, onChange, onRemove }: ButtonFormProps) {
  const { t } = useTranslation();
  const opens = button.does === "url";
  return (
    <fieldset className="card-button">
      <legend className="sr">{t("card.buttonNo", { no })}</legend>
      <Field autoFocus={isFresh} label={t("card.label", { no })} value={button.label} onChange={(label) => onChange({ label })} aside={<Count text={button.label} most={CARD.label} />} error={wrong.label} />
      <div className="does">
        <Segments label={t("card.does", { no })} options={[{ id: "reply", label: t("card.answers") }, { id: "url", label: t("card.opens") }]} value={button.does} onChange={(does) => onChange({ does, value: "" })} />
        <IconButton size="s" icon="trash" label={t("card.removeButton", { no })} onPress={onRemove} />
      </div>
      <Field label={t(opens ? "card.page" : "card.means")} className="value" type={opens ? "url" : "text"} value={button.value} placeholder={opens ? "https://" : means} onChange={(value) => onChange({ value })} error={wrong.value} />
    </fieldset>
  );
}

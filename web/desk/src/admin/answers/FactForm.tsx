// A fact the bot listens for: the words before it, and what its value looks like.
import type { BotFact } from "@seaway/api/types";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";
import { ListRows, TextRows } from "../shared/LanguageRows.tsx";
import { RemoveWithUndo } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { toFact } from "./Answers.tsx";

const SHAPES = ["number", "name", "word", "email", "phone"] as const;
const PATTERN = "pattern";

export function FactForm({ fact }: { fact: BotFact | null }) {
  const { t } = useTranslation("admin");
  const form = useItemForm<BotFact>({ path: "/bot/facts", item: fact, to: toFact, blank: { key: "", labels: {}, cues: {}, value: "number", enabled: true } });
  const { values } = form;
  const isShape = SHAPES.some((shape) => shape === values.value);
  const title = fact?.key ?? t("answers.newFact");
  return (
    <section className="pane" aria-label={title}>
      <PageHead title={title} level={2} back={{ href: toFact(""), label: t("back") }}>
        {fact && <RemoveWithUndo path="/bot/facts" item={fact} name={title} back={toFact("")} again={{ key: fact.key, labels: fact.labels, cues: fact.cues, value: fact.value, enabled: fact.enabled }} />}
      </PageHead>
      <div className="scroll"><div className="form">
        <Field label={t("answers.key")} help={t("answers.keyHelp")} mono value={values.key} onChange={(key) => form.set("key", key.replace(/[^\w.-]/g, "_"))} error={form.errorOf("/key")} autoFocus={!fact} />
        <Select label={t("answers.value")} help={t("answers.valueHelp")} value={isShape ? values.value : PATTERN} onChange={(shape) => form.set("value", shape === PATTERN ? "[A-Z]{2}-\\d{4}" : shape)} options={[...SHAPES.map((shape) => ({ id: shape as string, label: t(`answers.shape.${shape}`) })), { id: PATTERN, label: t("answers.shape.pattern") }]} error={isShape ? form.errorOf("/value") : null} />
        {!isShape && <Field label={t("answers.pattern")} mono value={values.value} onChange={(value) => form.set("value", value)} error={form.errorOf("/value")} />}
        <ListRows label={t("answers.cues")} lists={values.cues} onChange={(cues) => form.set("cues", cues)} errorOf={(tag) => form.errorOf(`/cues/${tag}`)} />
        <TextRows label={t("answers.label")} rows={1} texts={values.labels} onChange={(labels) => form.set("labels", labels)} errorOf={(tag) => form.errorOf(`/labels/${tag}`)} />
        <div className="f"><Switch isSelected={values.enabled} onChange={(enabled) => form.set("enabled", enabled)}>{t("answers.enabled")}</Switch></div>
      </div></div>
      <SaveBar form={form} cannot={!values.key ? t("answers.keyMissing") : Object.keys(values.cues).length === 0 ? t("answers.cuesMissing") : null} />
    </section>
  );
}

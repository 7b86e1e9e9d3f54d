// Who is asked about each offer, outside of this server.
import type { Workflow } from "@seaway/api/types";
import { Field } from "@seaway/kit/Field";
import { useTranslation } from "react-i18next";
import { More } from "./More.tsx";

const KEYS = ["assignment_callback_url", "fallback_assignment_callback_url"] as const;

interface CallbacksProps { values: Pick<Workflow, (typeof KEYS)[number]>; onChange: (key: (typeof KEYS)[number], url: string) => void; errorOf: (pointer: string) => string | null; refusal: object | null }

export function Callbacks({ values, onChange, errorOf, refusal }: CallbacksProps) {
  const { t } = useTranslation("admin");
  return (
    <More label={t("workflows.form.callbacks")} isSet={KEYS.some((key) => values[key] !== "")} fault={KEYS.some((key) => errorOf(`/${key}`)) ? refusal : null}>
      <p className="hint wf-lead">{t("workflows.form.callbacksHelp")}</p>
      {KEYS.map((key) => <Field key={key} type="url" inputMode="url" label={t(`workflows.form.${key}`)} placeholder="https://" value={values[key]} onChange={(url) => onChange(key, url.trim())} error={errorOf(`/${key}`)} />)}
    </More>
  );
}

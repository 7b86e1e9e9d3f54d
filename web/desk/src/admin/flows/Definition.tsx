// The definition as text, with its problems below. Saving makes a draft; publishing makes it run.
import type { FlowDetail } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "../../pages/shared/form.ts";
import { JsonEditor, ProblemList, type EditorHandle, type TextProblem } from "../shared/JsonEditor.tsx";
import { mapJson, pretty } from "../shared/json-map.ts";
import { SaveBar } from "../shared/SaveBar.tsx";
import { ImportFlow } from "./ImportFlow.tsx";

export function Definition({ form, checked }: { form: Form<FlowDetail & { message: string }> & { isNew: boolean }; checked: { problems: TextProblem[] } }) {
  const { t } = useTranslation("admin");
  const editor = useRef<EditorHandle>(null);
  const { values } = form;
  const broken = mapJson(values.definition).fault !== null;
  return (
    <>
      <div className="barhead">
        <Field className="inline" label={t("name")} hideLabel value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} />
        <Field className="inline" label={t("flows.message")} hideLabel placeholder={t("flows.message")} value={values.message} onChange={(message) => form.set("message", message)} />
        <ImportFlow onRead={(definition) => form.set("definition", definition)} />
        <Button size="s" variant="ghost" isDisabled={broken} onPress={() => form.set("definition", pretty(values.definition) ?? values.definition)}>{t("json.tidy")}</Button>
      </div>
      <JsonEditor fill handle={editor} label={t("flows.definition")} value={values.definition} onChange={(text) => form.set("definition", text)} problems={checked.problems} />
      <ProblemList text={values.definition} problems={checked.problems} onGo={(line) => editor.current?.goTo(line)} none={t("flows.noProblems")} />
      <SaveBar form={form} label={t("flows.saveDraft")} cannot={!values.name.trim() ? t("nameMissing") : broken ? t("json.notYet") : null} />
    </>
  );
}

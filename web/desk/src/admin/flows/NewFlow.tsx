// A new flow: from a file, or from the smallest one that runs.
import type { FlowDetail } from "@seaway/api/types";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";
import { JsonEditor, ProblemList, type EditorHandle } from "../shared/JsonEditor.tsx";
import { mapJson } from "../shared/json-map.ts";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { BLANK_FLOW } from "./flow-file.ts";
import { ImportFlow } from "./ImportFlow.tsx";
import { useFlowProblems } from "./flow-problems.ts";

type Fresh = Pick<FlowDetail, "id" | "version" | "name" | "definition">;

export function NewFlow({ to }: { to: (id: string) => string }) {
  const { t } = useTranslation("admin");
  const editor = useRef<EditorHandle>(null);
  const form = useItemForm<Fresh>({ path: "/flows", item: null, to, blank: { name: "", definition: BLANK_FLOW }, body: (_changed, { name, definition }) => ({ name: name.trim(), definition }) });
  const { values } = form;
  const { problems } = useFlowProblems(values.definition, form.refusal);
  const broken = mapJson(values.definition).fault !== null;
  return (
    <section className="pane" aria-label={t("flows.new")}>
      <PageHead title={t("flows.new")} level={2} back={{ href: paths.flows, label: t("back") }}>
        <ImportFlow onRead={(definition, name) => form.merge({ definition, ...(name && !values.name ? { name } : {}) })} />
      </PageHead>
      <div className="barhead"><Field className="inline" label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoFocus /></div>
      <JsonEditor fill handle={editor} label={t("flows.definition")} value={values.definition} onChange={(text) => form.set("definition", text)} problems={problems} />
      <ProblemList text={values.definition} problems={problems} onGo={(line) => editor.current?.goTo(line)} none={t("flows.noProblems")} />
      <SaveBar form={form} label={t("flows.createDraft")} cannot={!values.name.trim() ? t("nameMissing") : broken ? t("json.notYet") : null} />
    </section>
  );
}

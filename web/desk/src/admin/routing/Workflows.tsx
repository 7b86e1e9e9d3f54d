// Routing rules as JSON: filters look at a task's attributes and name the queues it waits in, one after the other.
import type { Workflow } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button, ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAll } from "../../pages/shared/resource.ts";
import { JsonEditor, ProblemList, type EditorHandle, type TextProblem } from "../shared/JsonEditor.tsx";
import { mapJson, pretty } from "../shared/json-map.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { textProblems } from "../shared/text-problems.ts";
import { RoutingTabs } from "./RoutingTabs.tsx";
import { TryOut } from "./TryOut.tsx";

const to = (id: string) => (id ? `${paths.workflows}/${id}` : paths.workflows);
const BLANK = JSON.stringify({ task_routing: { filters: [], default_filter: { queue: "" } } }, null, 2);

export function Workflows() {
  const { t } = useTranslation("admin");
  return <Needs permission="routing.manage" title={t("workflows.title")}><WorkflowsSheet /></Needs>;
}

function WorkflowsSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const workflows = useAll<Workflow>("/workflows");
  return (
    <Workbench title={t("workflows.short")} to={to} query={workflows} chosen={id} addLabel={t("new")} above={<RoutingTabs />}
      row={(workflow) => ({ id: workflow.id, name: workflow.name, sub: t("workflows.filters", { count: filterCount(workflow.configuration) }) })}
      empty={<EmptyState kind="nothing" title={t("workflows.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("workflows.addFirst")}</ButtonLink>}>{t("workflows.noneText")}</EmptyState>}>
      {(workflow) => <WorkflowForm key={workflow?.id ?? NEW} workflow={workflow} />}
    </Workbench>
  );
}

function filterCount(configuration: string): number {
  return [...mapJson(configuration).lines.keys()].filter((pointer) => /^\/task_routing\/filters\/\d+$/.test(pointer)).length;
}

function WorkflowForm({ workflow }: { workflow: Workflow | null }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const editor = useRef<EditorHandle>(null);
  const [trying, setTrying] = useState(false);
  const item = useMemo(() => workflow && { ...workflow, configuration: pretty(workflow.configuration) ?? workflow.configuration }, [workflow]);
  const form = useItemForm<Workflow>({ path: "/workflows", item, to, blank: { name: "", configuration: BLANK, task_reservation_timeout: 120 } });
  const { values } = form;
  const problems: TextProblem[] = form.refusal && !form.stale ? textProblems(form.refusal, "/configuration", values.configuration, words(form.refusal)) : [];
  const broken = mapJson(values.configuration).fault !== null;
  return (
    <section className="pane" aria-label={workflow?.name ?? t("workflows.new")}>
      <PageHead title={workflow?.name ?? t("workflows.new")} level={2} back={{ href: paths.workflows, label: t("back") }}>
        <Button size="s" icon="route" isDisabled={broken} onPress={() => setTrying(true)}>{t("workflows.try.open")}</Button>
        <Button size="s" variant="ghost" isDisabled={broken} onPress={() => form.set("configuration", pretty(values.configuration) ?? values.configuration)}>{t("json.tidy")}</Button>
        {workflow && <RemoveForGood path="/workflows" item={workflow} name={workflow.name} text={t("workflows.deleteText")} back={paths.workflows} />}
      </PageHead>
      {form.kept && <Banner tone="acc">{t("kept")}</Banner>}
      <div className="barhead">
        <Field className="inline" label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoFocus={!workflow} />
        <Field className="inline narrow" label={t("workflows.timeout")} type="number" inputMode="numeric" value={String(values.task_reservation_timeout)} onChange={(typed) => form.set("task_reservation_timeout", Math.max(1, Number(typed) || 1))} error={form.errorOf("/task_reservation_timeout")} end={<span className="t3">{t("secondsShort")}</span>} />
      </div>
      <JsonEditor fill handle={editor} label={t("workflows.configuration")} value={values.configuration} onChange={(text) => form.set("configuration", text)} problems={problems} />
      <ProblemList text={values.configuration} problems={problems} onGo={(line) => editor.current?.goTo(line)} />
      {trying && <TryOut draft={{ id: workflow?.id ?? null, configuration: values.configuration, task_reservation_timeout: values.task_reservation_timeout }} onClose={() => setTrying(false)} />}
      <SaveBar form={form} cannot={!values.name.trim() ? t("nameMissing") : broken ? t("json.notYet") : null} />
    </section>
  );
}

// Routing rules as a form with their JSON beside it: filters look at a task's attributes and name the queues it waits in, one after the other.
// The JSON text is what is saved; the form is read from it and changes it.
import type { TaskQueue, Workflow } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button, ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { useCallback, useMemo, useRef, useState } from "react";
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
import { Callbacks } from "./Callbacks.tsx";
import { RoutingTabs } from "./RoutingTabs.tsx";
import { RulesForm } from "./RulesForm.tsx";
import { TryOut } from "./TryOut.tsx";
import { Rules } from "./rules-context.ts";
import { blankDocument } from "./workflow-document.ts";
import { useFault } from "./workflow-fault.ts";
import "./routing.css";

const to = (id: string) => (id ? `${paths.workflows}/${id}` : paths.workflows);
/** What the queue for everybody asks of its agents. */
const EVERYBODY = "1==1";

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
  const [here, setHere] = useState<string | null>(null);
  const queues = useAll<TaskQueue>("/task-queues");
  const item = useMemo(() => workflow && { ...workflow, configuration: pretty(workflow.configuration) ?? workflow.configuration }, [workflow]);
  const form = useItemForm<Workflow>({ path: "/workflows", item, to, blank: { name: "", configuration: blankDocument(widest(queues.data)), task_reservation_timeout: 120, assignment_callback_url: "", fallback_assignment_callback_url: "" } });
  const { values, set } = form;
  const text = values.configuration;
  const refused = form.stale ? null : form.refusal;
  const broken = mapJson(text).fault !== null;
  const fault = useFault(refused, text);
  // What is mended is no problem any more.
  const problems: TextProblem[] = refused ? textProblems(refused, "/configuration", text, words(refused)).filter(({ path }) => path === "" || fault) : [];
  const edit = useCallback((change: (text: string) => string) => set("configuration", change(text)), [set, text]);
  const failed = !queues.data && queues.error !== null;
  const rules = useMemo(() => ({ queues: queues.data ?? null, failed, edit, fault }), [queues.data, failed, edit, fault]);
  return (
    <section className="pane workflow" aria-label={workflow?.name ?? t("workflows.new")}>
      <PageHead title={workflow?.name ?? t("workflows.new")} level={2} back={{ href: paths.workflows, label: t("back") }}>
        <Button size="s" icon="route" isDisabled={broken} onPress={() => setTrying(true)}>{t("workflows.try.open")}</Button>
        {workflow && <RemoveForGood path="/workflows" item={workflow} name={workflow.name} text={t("workflows.deleteText")} back={paths.workflows} />}
      </PageHead>
      {form.kept && <Banner tone="acc">{t("kept")}</Banner>}
      <div className="wf-both">
        <div className="wf-form" onFocus={({ target }) => setHere(target.closest<HTMLElement>("[data-place]")?.dataset["place"] ?? null)} onBlur={({ currentTarget, relatedTarget }) => { if (!currentTarget.contains(relatedTarget)) setHere(null); }}>
          <div className="wf-inner">
            <div className="wf-named">
              <Field label={t("name")} value={values.name} onChange={(name) => set("name", name)} error={form.errorOf("/name")} autoFocus={!workflow} />
              <Field label={t("workflows.timeout")} type="number" inputMode="numeric" value={String(values.task_reservation_timeout)} onChange={(typed) => set("task_reservation_timeout", Math.max(1, Number(typed) || 1))} error={form.errorOf("/task_reservation_timeout")} end={<span className="t3">{t("secondsShort")}</span>} />
            </div>
            <Rules value={rules}><RulesForm text={text} trouble={failed ? queues.error : null} onRetry={() => void queues.refetch()} /></Rules>
            <Callbacks values={values} onChange={(key, url) => set(key, url)} errorOf={form.errorOf} refusal={form.refusal} />
          </div>
        </div>
        <div className="wf-json">
          <div className="wf-jsonhead"><h3>{t("workflows.configuration")}</h3><span className="meta">JSON</span><span className="grow" /><Button size="s" variant="ghost" isDisabled={broken} onPress={() => set("configuration", pretty(text) ?? text)}>{t("json.tidy")}</Button></div>
          <JsonEditor fill handle={editor} label={t("workflows.configuration")} value={text} onChange={(typed) => set("configuration", typed)} problems={problems} here={here} />
          <ProblemList text={text} problems={problems} onGo={(line) => editor.current?.goTo(line)} />
        </div>
      </div>
      {trying && <TryOut draft={{ id: workflow?.id ?? null, configuration: text, task_reservation_timeout: values.task_reservation_timeout }} onClose={() => setTrying(false)} />}
      <SaveBar form={form} cannot={!values.name.trim() ? t("nameMissing") : broken ? t("json.notYet") : null} />
    </section>
  );
}

/** Where everything goes at first: the queue for everybody, else any. */
function widest(queues: readonly TaskQueue[] | undefined): string {
  return (queues?.find(({ target_workers }) => target_workers.replaceAll(" ", "") === EVERYBODY || target_workers === "") ?? queues?.[0])?.id ?? "";
}

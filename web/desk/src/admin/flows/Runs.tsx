// The run log: who went through the flow, and each step with what it knew.
import type { Execution, Step } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Button } from "@seaway/kit/Button";
import { Drawer } from "@seaway/kit/Drawer";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Icon } from "@seaway/kit/Icon";
import { Segments } from "@seaway/kit/Segments";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayName } from "../../contact/name.ts";
import { Failed, Loaded } from "../../pages/shared/Loaded.tsx";
import { fullTime, shortTime } from "../../pages/shared/format.ts";
import { useOne, usePages } from "../../pages/shared/resource.ts";

type Which = "all" | "active" | "ended";

export function Runs({ flow }: { flow: string }) {
  const { t, i18n } = useTranslation("admin");
  const [which, setWhich] = useState<Which>("all");
  const [open, setOpen] = useState<Execution | null>(null);
  const list = usePages<Execution>(`/executions?flow=${flow}${which === "all" ? "" : `&status=${which}`}`);
  return (
    <>
      <div className="barhead">
        <Segments label={t("runs.which")} value={which} onChange={setWhich} options={(["all", "active", "ended"] as const).map((id) => ({ id, label: t(`runs.${id}`) }))} />
        <span className="grow" />
        <Button size="s" variant="ghost" icon="refresh" onPress={() => void list.refetch()}>{t("runs.again")}</Button>
      </div>
      <div className="scroll">
        {list.error && <Failed thrown={list.error} retry={() => void list.refetch()} />}
        {list.isPending && <Skeleton label={t("loading")} />}
        {list.items?.length === 0 && <EmptyState kind={which === "all" ? "nothing" : "noMatch"} title={t(which === "all" ? "runs.none" : "runs.noneOfThese")}>{t("runs.noneText")}</EmptyState>}
        {list.items && list.items.length > 0 && <div className="tblwrap"><Table label={t("flows.runs")} rows={list.items} rowId={(one) => one.id} onOpen={setOpen} columns={[
          { id: "who", title: t("runs.customer"), cell: (one) => <span className="strong">{sayName(t, one.contact)}</span> },
          { id: "status", title: t("runs.status"), cell: (one) => (one.status === "active" ? <Badge tone="acc">{t("runs.active")}</Badge> : <span className="t2">{t("runs.ended")}</span>) },
          { id: "revision", title: t("runs.revision"), right: true, className: "opt", cell: (one) => one.revision },
          { id: "steps", title: t("runs.steps"), right: true, cell: (one) => one.steps },
          { id: "started", title: t("runs.started"), right: true, cell: (one) => shortTime(one.started_at, i18n.language) },
        ]} /></div>}
        {list.hasNextPage && <div className="row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
      </div>
      <Drawer wide title={open ? sayName(t, open.contact) : ""} closeLabel={t("close")} isOpen={open !== null} onClose={() => setOpen(null)}>{open && <Steps execution={open} />}</Drawer>
    </>
  );
}

function Steps({ execution }: { execution: Execution }) {
  const { t, i18n } = useTranslation("admin");
  const steps = useOne<{ items: Step[] }>(`/executions/${execution.id}/steps`);
  return (
    <>
      <p className="small t2">{t("runs.about", { revision: execution.revision, time: fullTime(execution.started_at, i18n.language) })}</p>
      <Loaded query={steps}>{({ items }) => <ol className="steps">{items.map((step) => <StepRow key={step.no} step={step} />)}</ol>}</Loaded>
    </>
  );
}

function StepRow({ step }: { step: Step }) {
  const { t, i18n } = useTranslation("admin");
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button type="button" className="stephead" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="t3 num">{step.no}</span>
        <span style={{ minWidth: 0 }}><span className="strong">{step.widget}</span> <span className="t3 mono">{step.type}</span>
          {step.event && <span className="small t2" style={{ display: "flex", gap: 6, alignItems: "center" }}><Icon name="forward" size={12} />{step.next ? t("runs.wentTo", { event: step.event, next: step.next }) : t("runs.stopped", { event: step.event })}</span>}
          {!step.event && <span className="small t2" style={{ display: "block" }}>{t("runs.waits")}</span>}
          {step.warnings.map((warning) => <span key={warning.code} className="st warn small" style={{ whiteSpace: "normal" }}><Icon name="alert" label={t("json.warn")} />{warning.message}</span>)}
        </span>
        <span className="meta num" title={fullTime(step.at, i18n.language)}>{shortTime(step.at, i18n.language)}</span>
      </button>
      {open && <pre className="code">{JSON.stringify(step.context, null, 2)}</pre>}
    </li>
  );
}

// Lines of waiting tasks. The target expression says which agents may take from one.
import type { TaskQueue } from "@seaway/api/types";
import { Button, ButtonLink } from "@seaway/kit/Button";
import { Counter } from "@seaway/kit/Counter";
import { Dialog } from "@seaway/kit/Dialog";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Segments } from "@seaway/kit/Segments";
import { TextArea } from "@seaway/kit/TextArea";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { Refusal } from "../../api/http.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll, useForget } from "../../pages/shared/resource.ts";
import { HoursSelect } from "../hours/HoursSelect.tsx";
import { placeOf, pointAt } from "../shared/expression-fault.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { RoutingTabs } from "./RoutingTabs.tsx";

const to = (id: string) => (id ? `${paths.queues}/${id}` : paths.queues);
const RESERVED_MAX = 50;
const EXAMPLES = ['languages HAS "ko"', 'department == "sales"', 'routing.skills HAS "returns" AND routing.levels.returns >= 50'];

export function Queues() {
  const { t } = useTranslation("admin");
  return <Needs permission="routing.manage" title={t("queues.title")}><QueuesSheet /></Needs>;
}

function QueuesSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const queues = useAll<TaskQueue>("/task-queues");
  return (
    <Workbench title={t("queues.short")} to={to} query={queues} chosen={id} addLabel={t("new")} above={<RoutingTabs />}
      row={(queue) => ({ id: queue.id, name: queue.name, sub: queue.target_workers || t("queues.everyone"), end: queue.waiting > 0 && <Counter quiet count={queue.waiting} label={t("queues.waiting", { count: queue.waiting })} /> })}
      empty={<EmptyState kind="nothing" title={t("queues.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("queues.addFirst")}</ButtonLink>}>{t("queues.noneText")}</EmptyState>}>
      {(queue) => <QueueForm key={queue?.id ?? NEW} queue={queue} />}
    </Workbench>
  );
}

export function QueueForm({ queue }: { queue: TaskQueue | null }) {
  const { t } = useTranslation("admin");
  const forget = useForget();
  const meant = useRef(false);
  const form = useItemForm<TaskQueue>({ path: "/task-queues", item: queue, to, blank: { name: "", target_workers: "1==1", max_reserved_workers: 1, task_order: "FIFO", signature: "", waiting: 0, business_hours_id: null },
    body: (changed, values) => (queue ? { ...changed, ...(meant.current && { strand_tasks: true }) } : { name: values.name, target_workers: values.target_workers, max_reserved_workers: values.max_reserved_workers, task_order: values.task_order, signature: values.signature, business_hours_id: values.business_hours_id }),
    saved: () => void forget("/business-hours") });
  const { values } = form;
  const wrong = form.errorOf("/target_workers");
  async function saveAnyway() {
    meant.current = true;
    await form.save();
    meant.current = false;
  }
  const place = wrong ? placeOf(form.refusal, values.target_workers) : null;
  return (
    <section className="pane" aria-label={queue?.name ?? t("queues.new")}>
      <PageHead title={queue?.name ?? t("queues.new")} level={2} note={queue ? t("queues.waiting", { count: queue.waiting }) : undefined} back={{ href: paths.queues, label: t("back") }}>
        {queue && <RemoveForGood path="/task-queues" item={queue} name={queue.name} text={t("queues.deleteText", { count: queue.waiting })} back={paths.queues} />}
      </PageHead>
      <div className="scroll"><div className="form">
        <Field label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoFocus={!queue} />
        <TextArea label={t("queues.target")} help={t("queues.targetHelp")} mono rows={4} value={values.target_workers} onChange={(text) => form.set("target_workers", text)} error={wrong && place ? t("queues.wrongAt", { line: place.line, column: place.column, what: wrong }) : wrong} />
        {place && <pre className="code" style={{ marginTop: -12, marginBottom: 20 }}>{pointAt(values.target_workers, place)}</pre>}
        <div className="f"><span className="label">{t("queues.examples")}</span><div className="chiprow">{EXAMPLES.map((example) => <button key={example} type="button" className="chip mono" style={{ paddingRight: 10 }} onClick={() => form.set("target_workers", example)}>{example}</button>)}</div></div>
        <div className="f"><span className="label">{t("queues.order")}</span><Segments label={t("queues.order")} value={values.task_order} onChange={(order) => form.set("task_order", order)} options={[{ id: "FIFO", label: t("queues.fifo") }, { id: "LIFO", label: t("queues.lifo") }]} /></div>
        <HoursSelect help={t("hours.select.queueHelp")} value={values.business_hours_id} onChange={(id) => form.set("business_hours_id", id)} error={form.errorOf("/business_hours_id")} />
        <Field label={t("queues.reserved")} help={t("queues.reservedHelp")} type="number" inputMode="numeric" value={String(values.max_reserved_workers)} onChange={(typed) => form.set("max_reserved_workers", Math.max(1, Math.min(RESERVED_MAX, Number(typed) || 1)))} error={form.errorOf("/max_reserved_workers")} />
        <TextArea label={t("queues.signature")} help={t("queues.signatureHelp", { skipInterpolation: true })} aside={t("optional")} rows={3} value={values.signature} onChange={(text) => form.set("signature", text)} error={form.errorOf("/signature")} />
      </div></div>
      <Strands refusal={form.refusal} busy={form.busy} onSave={() => void saveAnyway()} />
      <SaveBar form={form} cannot={values.name.trim() ? null : t("nameMissing")} />
    </section>
  );
}

/** The server refused to leave waiting tasks to nobody: whether that is meant. */
function Strands({ refusal, busy, onSave }: { refusal: Refusal | null; busy: boolean; onSave: () => void }) {
  const { t } = useTranslation("admin");
  const [answered, setAnswered] = useState<Refusal | null>(null);
  const asked = refusal?.code === "strands_tasks" && refusal !== answered ? refusal : null;
  const close = () => setAnswered(refusal);
  return (
    <Dialog role="alertdialog" title={t("queues.strandsTitle")} closeLabel={t("close")} isOpen={asked !== null} onClose={close}
      foot={<><Button variant="ghost" onPress={close}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => { close(); onSave(); }}>{t("queues.strandsSave")}</Button></>}>
      <p>{t("queues.strandsText", { count: Number(asked?.problem.params?.["count"] ?? 0) })}</p>
    </Dialog>
  );
}

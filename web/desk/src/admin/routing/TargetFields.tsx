// One place where a task waits: the queue, for how long, with which priority, and who of the queue may have it.
import { Field } from "@seaway/kit/Field";
import { IconButton } from "@seaway/kit/IconButton";
import { useTranslation } from "react-i18next";
import { More } from "./More.tsx";
import { QueueSelect } from "./QueueSelect.tsx";
import { useRules } from "./rules-context.ts";
import { moveTarget, removeTarget, setTarget, targetPlace, type Target, type TargetKey } from "./workflow-document.ts";

/** More digits mean no time that anybody waits. */
const DIGITS_MAX = 9;
const SELDOM = ["skip_if", "order_by", "known_worker_sid", "known_worker_friendly_name"] as const;

interface TargetFieldsProps { filter: number; at: number; count: number; target: Target; onMoved: (to: number) => void; onRemoved: () => void }

export function TargetFields({ filter, at, count, target, onMoved, onRemoved }: TargetFieldsProps) {
  const { t } = useTranslation("admin");
  const { edit, errorOf, faultIn } = useRules();
  const place = targetPlace(filter, at);
  const set = (key: TargetKey) => (typed: string) => edit((text) => setTarget(text, filter, at, key, typed));
  const number = (key: "timeout" | "priority") => (typed: string) => set(key)(typed.replaceAll(/\D/g, "").slice(0, DIGITS_MAX));
  const field = (key: TargetKey) => ({ value: target[key], error: errorOf(`${place}/${key}`), label: t(`workflows.form.${key}`) });
  function move(to: number) {
    edit((text) => moveTarget(text, filter, at, to));
    onMoved(to);
  }
  function remove() {
    edit((text) => removeTarget(text, filter, at));
    onRemoved();
  }
  const step = t("workflows.form.step", { number: at + 1 });
  return (
    <div className="wf-target" role="group" aria-label={step} data-place={place}>
      <div className="wf-step">
        <span className="meta">{step}</span>
        {count > 1 && (
          <>
            <IconButton size="s" icon="arrow-up" className="up" label={t("workflows.form.moveUp", { name: step })} isDisabled={at === 0} onPress={() => move(at - 1)} />
            <IconButton size="s" icon="arrow-down" className="down" label={t("workflows.form.moveDown", { name: step })} isDisabled={at === count - 1} onPress={() => move(at + 1)} />
            <IconButton size="s" icon="trash" label={t("removeNamed", { name: step })} onPress={remove} />
          </>
        )}
      </div>
      <div className="wf-first">
        <QueueSelect label={t(at === 0 ? "workflows.form.queue" : "workflows.form.nextQueue")} value={target.queue} onChange={set("queue")} error={errorOf(`${place}/queue`) ?? errorOf(place)} none={at > 0 ? t("workflows.form.sameQueue") : undefined} />
        <Field {...field("timeout")} inputMode="numeric" onChange={number("timeout")} placeholder={t("workflows.form.noTimeout")} end={target.timeout ? <span className="t3">{t("secondsShort")}</span> : undefined} />
        <Field {...field("priority")} inputMode="numeric" onChange={number("priority")} placeholder={t("workflows.form.samePriority")} />
      </div>
      <Field {...field("expression")} label={t("workflows.form.who")} mono placeholder={t("workflows.form.whoExample")} onChange={set("expression")} />
      <More label={t("workflows.form.more")} isSet={SELDOM.some((key) => target[key] !== "")} fault={SELDOM.some((key) => errorOf(`${place}/${key}`)) ? faultIn(place) : null}>
        <div className="wf-two">
          <Field {...field("skip_if")} mono placeholder="workers.available == 0" help={t("workflows.form.skip_ifHelp")} onChange={set("skip_if")} />
          <Field {...field("order_by")} mono placeholder="worker.level DESC" help={t("workflows.form.order_byHelp")} onChange={set("order_by")} />
          <Field {...field("known_worker_sid")} mono placeholder="task.agent_id" onChange={set("known_worker_sid")} />
          <Field {...field("known_worker_friendly_name")} mono placeholder="task.agent_name" onChange={set("known_worker_friendly_name")} />
        </div>
      </More>
      {target.others.length > 0 && <p className="hint">{t("workflows.form.others", { keys: target.others.join(", ") })}</p>}
    </div>
  );
}

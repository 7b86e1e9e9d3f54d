// One filter: a line that says it, and below, when open, which tasks it takes and where they wait.
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { TextArea } from "@seaway/kit/TextArea";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { TargetFields } from "./TargetFields.tsx";
import { filterWords } from "./filter-words.ts";
import { useMoves } from "./moves.ts";
import { useRowKeys } from "./row-keys.ts";
import { useRules } from "./rules-context.ts";
import { addTarget, filterPlace, setFilterExpression, setFilterName, targetsPlace, type Filter } from "./workflow-document.ts";

interface FilterCardProps { at: number; count: number; filter: Filter; /** Open from the start. */ opened: boolean; /** Just made: its name is to be written. */ added: boolean; onMove: (to: number) => void; onRemove: () => void }

export function FilterCard({ at, count, filter, opened, added, onMove, onRemove }: FilterCardProps) {
  const { t } = useTranslation("admin");
  const { edit, errorOf, faultIn, queueName } = useRules();
  const [open, setOpen] = useState(opened || added);
  const body = useId();
  const place = filterPlace(at);
  const fault = faultIn(place);
  useEffect(() => { if (fault) setOpen(true); }, [fault]);
  const words = filterWords(filter, queueName, t);
  const name = filter.name.trim() || t("workflows.form.unnamed", { number: at + 1 });
  const elsewhere = errorOf(place) ?? errorOf(targetsPlace(at));
  return (
    <>
      <div className="wf-head" data-place={place}>
        <button type="button" className="wf-fold" aria-expanded={open} aria-controls={body} onClick={() => setOpen(!open)}>
          <Icon name={open ? "down" : "right"} className="t3" />
          <span className="wf-said"><span className="nm cut">{name}</span><span className="sub cut" title={`${words.when} → ${words.way}`}>{words.when}<span aria-hidden="true"> → </span>{words.way}</span></span>
        </button>
        <IconButton size="s" icon="arrow-up" className="up" label={t("workflows.form.moveUp", { name })} isDisabled={at === 0} onPress={() => onMove(at - 1)} />
        <IconButton size="s" icon="arrow-down" className="down" label={t("workflows.form.moveDown", { name })} isDisabled={at === count - 1} onPress={() => onMove(at + 1)} />
        <IconButton size="s" icon="trash" label={t("removeNamed", { name })} onPress={onRemove} />
      </div>
      <div id={body} className="wf-body" hidden={!open}>
        {open && (
          <>
            <div data-place={place}>
              <Field label={t("workflows.form.name")} value={filter.name} onChange={(typed) => edit((text) => setFilterName(text, at, typed))} error={errorOf(`${place}/filter_friendly_name`)} autoFocus={added} />
              <TextArea label={t("workflows.form.which")} help={t("workflows.form.whichHelp")} placeholder={t("workflows.form.always")} mono rows={Math.min(6, Math.max(1, filter.expression.split("\n").length))} value={filter.expression} onChange={(typed) => edit((text) => setFilterExpression(text, at, typed))} error={errorOf(`${place}/expression`)} />
            </div>
            <Targets filter={at} targets={filter.targets} />
            {elsewhere && <p className="fix"><Icon name="circle-alert" />{elsewhere}</p>}
            {filter.others.length > 0 && <p className="hint">{t("workflows.form.others", { keys: filter.others.join(", ") })}</p>}
          </>
        )}
      </div>
    </>
  );
}

function Targets({ filter, targets }: { filter: number; targets: Filter["targets"] }) {
  const { t } = useTranslation("admin");
  const { edit } = useRules();
  const rows = useRowKeys(targets.length);
  const { around, told, moved } = useMoves();
  return (
    <div ref={around}>
      <ol className="wf-targets">
        {targets.map((target, at) => (
          <li key={rows.keys[at] ?? `new${at}`}>
            <TargetFields filter={filter} at={at} count={targets.length} target={target} onRemoved={() => { rows.remove(at); moved(Math.min(at, targets.length - 2), null); }}
              onMoved={(to) => { rows.swap(at, to); moved(to, to < at ? "up" : "down", t("workflows.form.moved", { place: to + 1, count: targets.length })); }} />
          </li>
        ))}
      </ol>
      <Button size="s" variant="ghost" icon="plus" onPress={() => edit((text) => addTarget(text, filter))}>{t(targets.length === 0 ? "workflows.form.addFirstTarget" : "workflows.form.addTarget")}</Button>
      <span className="sr" aria-live="polite">{told}</span>
    </div>
  );
}

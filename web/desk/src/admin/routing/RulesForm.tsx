// The rules as a form: filters in their order, and where everything else goes. It shows the text's last readable state.
import { Banner } from "@seaway/kit/Banner";
import { Button, ButtonLink } from "@seaway/kit/Button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { FilterCard } from "./FilterCard.tsx";
import { QueueSelect } from "./QueueSelect.tsx";
import { useMoves } from "./moves.ts";
import { useRowKeys } from "./row-keys.ts";
import { useRules } from "./rules-context.ts";
import { addFilter, moveFilter, OTHER, readRules, removeFilter, setOtherQueue, type Rules, type Target } from "./workflow-document.ts";

interface RulesFormProps { text: string; /** Why the queues could not be read. */ trouble: unknown; onRetry: () => void }

export function RulesForm({ text, trouble, onRetry }: RulesFormProps) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const { queues } = useRules();
  const read = readRules(text);
  const [held, setHeld] = useState<{ text: string; rules: Rules } | null>(null);
  const isRead = typeof read !== "string";
  if (isRead && held?.text !== text) setHeld({ text, rules: read });
  const rules = isRead ? read : held?.rules;
  return (
    <section aria-label={t("workflows.form.filters")} className="wf-rules">
      <h3>{t("workflows.form.filters")}</h3>
      <p className="hint wf-state" role="status">{t(`workflows.form.${isRead ? "inOrder" : read}`)}</p>
      {trouble ? <Banner tone="bad" round action={<Button size="s" onPress={onRetry}>{t("reload")}</Button>}>{t("workflows.form.queuesFailed", { why: words(trouble) })}</Banner> : null}
      {queues?.length === 0 && <Banner round action={<ButtonLink size="s" href={`${paths.queues}/new`}>{t("queues.addFirst")}</ButtonLink>}>{t("workflows.form.noQueues")}</Banner>}
      {rules && <div inert={!isRead} className={isRead ? "" : "wf-waits"}><Filters filters={rules.filters} /><Other target={rules.other} /></div>}
    </section>
  );
}

function Filters({ filters }: Pick<Rules, "filters">) {
  const { t } = useTranslation("admin");
  const { edit } = useRules();
  const rows = useRowKeys(filters.length);
  const { around, told, moved } = useMoves();
  const [began] = useState(() => filters.length);
  const isAdded = (key: number | undefined) => key !== undefined && key > began;
  function move(from: number, to: number) {
    edit((text) => moveFilter(text, from, to));
    rows.swap(from, to);
    moved(to, to < from ? "up" : "down", t("workflows.form.moved", { place: to + 1, count: filters.length }));
  }
  function remove(at: number) {
    edit((text) => removeFilter(text, at));
    rows.remove(at);
    moved(Math.min(at, filters.length - 2), null);
  }
  return (
    <div ref={around}>
      {filters.length > 0 && (
        <ol className="wf-filters">
          {filters.map((filter, at) => <li key={rows.keys[at] ?? `new${at}`}><FilterCard at={at} count={filters.length} filter={filter} opened={began === 1} added={isAdded(rows.keys[at])} onMove={(to) => move(at, to)} onRemove={() => remove(at)} /></li>)}
        </ol>
      )}
      <Button size="s" icon="plus" onPress={() => edit(addFilter)}>{t("workflows.form.addFilter")}</Button>
      <span className="sr" aria-live="polite">{told}</span>
    </div>
  );
}

function Other({ target }: { target: Target | null }) {
  const { t } = useTranslation("admin");
  const { edit, errorOf } = useRules();
  // The form has one field for it: whatever else it carries stays in the text.
  const carried = target ? Object.entries(target).filter(([key, value]) => key !== "queue" && typeof value === "string" && value !== "").map(([key]) => key).concat(target.others) : [];
  return (
    <div className="wf-other" data-place={OTHER}>
      <h3>{t("workflows.form.other")}</h3>
      <QueueSelect label={t("workflows.form.otherQueue")} value={target?.queue ?? ""} onChange={(queue) => edit((text) => setOtherQueue(text, queue || null))} error={errorOf(`${OTHER}/queue`) ?? errorOf(OTHER)} none={t("workflows.form.nowhere")} />
      {carried.length > 0 && <p className="hint">{t("workflows.form.others", { keys: carried.join(", ") })}</p>}
    </div>
  );
}

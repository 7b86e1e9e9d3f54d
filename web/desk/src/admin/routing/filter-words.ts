// A filter in one sentence: which tasks, and where they wait one after the other.
import type { TFunction } from "i18next";
import type { Filter } from "./workflow-document.ts";

export function filterWords(filter: Filter, queueName: (id: string) => string, t: TFunction<"admin">): { when: string; way: string } {
  const what = filter.expression.replaceAll(/\s+/g, " ").trim();
  let queue = "";
  const steps = filter.targets.map((target, at) => {
    queue = target.queue || queue;
    const key = `workflows.form.${at === 0 ? "first" : "next"}${target.timeout ? "For" : ""}` as const;
    return t(key, { queue: queue ? queueName(queue) : t("workflows.form.noQueueYet"), seconds: target.timeout });
  });
  return { when: what ? t("workflows.form.when", { what }) : t("workflows.form.always"), way: steps.join(", ") || t("workflows.form.noTarget") };
}

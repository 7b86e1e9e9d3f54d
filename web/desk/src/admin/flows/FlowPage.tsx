// One flow: its definition as a draft, how it ran, its revisions, and what its ids mean here.
import type { FlowDetail } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { PageHead } from "@seaway/kit/PageHead";
import { Tabs } from "@seaway/kit/Tabs";
import { toast } from "@seaway/kit/toasts";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { paths } from "../../pages/paths.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import { pretty } from "../shared/json-map.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { Definition } from "./Definition.tsx";
import { useFlowProblems } from "./flow-problems.ts";
import { References } from "./References.tsx";
import { Revisions } from "./Revisions.tsx";
import { Runs } from "./Runs.tsx";

const to = (id: string) => `${paths.flows}/${id}`;

export function FlowPage({ flow }: { flow: FlowDetail }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [side, setSide] = useState("definition");
  const item = useMemo(() => ({ ...flow, message: "", definition: pretty(flow.definition) ?? flow.definition }), [flow]);
  const form = useItemForm<FlowDetail & { message: string }>({ path: "/flows", item, to, blank: item });
  const checked = useFlowProblems(form.values.definition, form.refusal);
  const unpublished = flow.published_revision !== flow.revision;
  const unmapped = flow.references.filter((one) => one.mapped === null).length;

  async function publish() {
    const latest = form.dirty ? await form.save() : flow;
    if (!latest) return;
    const done = await run(() => http.post<FlowDetail | undefined>(ws(`/flows/${flow.id}/publish`), { version: latest.version }).then(() => true));
    await forget("/flows");
    if (done) toast(t("flows.publishedNow", { name: flow.name }));
  }
  return (
    <>
      <PageHead title={flow.name} level={2} back={{ href: paths.flows, label: t("back") }} note={flow.published_revision === null ? t("flows.neverPublished") : t("flows.published", { revision: flow.published_revision })}>
        {unpublished && <Badge>{t("flows.draft")}</Badge>}
        <RemoveForGood path="/flows" item={flow} name={flow.name} text={t("flows.deleteText")} back={paths.flows} />
        <Button size="s" variant={unpublished || form.dirty ? "primary" : "plain"} isDisabled={busy || form.busy || checked.errors > 0 || (!unpublished && !form.dirty)} onPress={() => void publish()}>{t("flows.publish")}</Button>
      </PageHead>
      {refusal && <Banner tone="bad" action={refusal.code === "stale_version" ? <Button size="s" onPress={() => void forget("/flows")}>{t("reload")}</Button> : undefined}>{words(refusal)}</Banner>}
      {unmapped > 0 && side !== "references" && <Banner tone="warn" action={<Button size="s" onPress={() => setSide("references")}>{t("flows.map")}</Button>}>{t("flows.unmapped", { count: unmapped })}</Banner>}
      <Tabs label={flow.name} selected={side} onSelect={setSide} tabs={[
        { id: "definition", label: t("flows.definition"), content: <Definition form={form} checked={checked} /> },
        { id: "runs", label: t("flows.runs"), content: <Runs flow={flow.id} /> },
        { id: "revisions", label: t("flows.revisions"), count: flow.revisions.length, content: <Revisions flow={flow} restore={(definition, revision) => { form.merge({ definition: pretty(definition) ?? definition, message: t("flows.restoredFrom", { revision }) }); setSide("definition"); }} /> },
        { id: "references", label: t("flows.references"), count: flow.references.length, content: <References flow={flow} /> },
      ]} />
    </>
  );
}

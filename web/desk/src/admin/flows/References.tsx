// Ids in an imported flow belong to where it came from. Here each is told what it means in this workspace.
import type { ChannelAccount, FlowDetail, Workflow } from "@seaway/api/types";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Select } from "@seaway/kit/Select";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useAll, useForget } from "../../pages/shared/resource.ts";

export function References({ flow }: { flow: FlowDetail }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, refusal } = useAct();
  const workflows = useAll<Workflow>("/workflows");
  const channels = useAll<ChannelAccount>("/channel-accounts");
  if (flow.references.length === 0) return <EmptyState kind="done" title={t("flows.noReferences")}>{t("flows.noReferencesText")}</EmptyState>;
  async function map(given: string, mapped: string) {
    const done = await run(async () => { await http.put(ws(`/flows/${flow.id}/reference`), { given, mapped }); return true; });
    if (done) await forget("/flows");
  }
  return (
    <div className="scroll"><div className="refs">
      <p className="t2" style={{ marginBottom: 12 }}>{t("flows.referencesText")}</p>
      {flow.references.map((one) => (
        <Select key={one.given} label={one.given} aside={t(`flows.kind.${one.kind}`)} placeholder={t("flows.chooseMeaning")} value={one.mapped} onChange={(mapped) => void map(one.given, mapped)} error={refusal ? words(refusal) : one.mapped === null ? t("flows.meansNothing") : null}
          options={one.kind === "workflow" ? (workflows.data ?? []).map((workflow) => ({ id: workflow.id, label: workflow.name })) : (channels.data ?? []).map((channel) => ({ id: channel.id, label: channel.name, description: channel.kind }))} />
      ))}
    </div></div>
  );
}

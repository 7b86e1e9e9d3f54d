// The automated part: every flow with its draft, what is published, and how it ran.
import type { FlowDetail, FlowSummary } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { useAll, useOne } from "../../pages/shared/resource.ts";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { FlowPage } from "./FlowPage.tsx";
import { NewFlow } from "./NewFlow.tsx";

const to = (id: string) => (id ? `${paths.flows}/${id}` : paths.flows);

export function Flows() {
  const { t } = useTranslation("admin");
  return <Needs permission="flow.manage" title={t("flows.title")}><FlowsSheet /></Needs>;
}

function FlowsSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const flows = useAll<FlowSummary>("/flows");
  return (
    <Workbench title={t("flows.title")} to={to} query={flows} chosen={id} addLabel={t("new")}
      row={(flow) => ({ id: flow.id, name: flow.name, sub: flow.published_revision === null ? t("flows.neverPublished") : t("flows.published", { revision: flow.published_revision }), end: flow.valid ? (flow.published_revision !== flow.revision && <Badge>{t("flows.draft")}</Badge>) : <Icon name="circle-alert" size={14} className="badmark" label={t("flows.problems", { count: flow.errors.length })} /> })}
      empty={<EmptyState kind="nothing" title={t("flows.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("flows.addFirst")}</ButtonLink>}>{t("flows.noneText")}</EmptyState>}>
      {(flow) => (flow ? <Opened key={flow.id} id={flow.id} name={flow.name} /> : <NewFlow to={to} />)}
    </Workbench>
  );
}

function Opened({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation("admin");
  const flow = useOne<FlowDetail>(`/flows/${id}`);
  return (
    <section className="pane" aria-label={name}>
      {flow.data ? <FlowPage flow={flow.data} /> : <><PageHead title={name} level={2} back={{ href: paths.flows, label: t("back") }} /><Loaded query={flow}>{() => null}</Loaded></>}
    </section>
  );
}

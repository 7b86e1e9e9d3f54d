// Webhooks: who is told what happens here. The secret is shown once, in the answer that makes it.
import type { Webhook } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Table } from "@seaway/kit/Table";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { useAll } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { NEW } from "../shared/Workbench.tsx";
import { SecretOnce } from "./Secret.tsx";
import { toWebhook, WebhookForm } from "./WebhookForm.tsx";
import "../shared/admin.css";

export function Webhooks() {
  const { t } = useTranslation("admin");
  return <Needs permission="workspace.manage" title={t("webhooks.title")}><WebhooksSheet /></Needs>;
}

function WebhooksSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const webhooks = useAll<Webhook>("/webhooks");
  const [made, setMade] = useState<Webhook | null>(null);
  const chosen = webhooks.data?.find((one) => one.id === id) ?? null;
  const once = made?.secret && <SecretOnce name={made.name} secret={made.secret} onClose={() => setMade(null)} />;
  if (id === NEW || chosen) return <><WebhookForm key={chosen?.id ?? NEW} webhook={chosen} saved={(saved) => saved.secret && setMade(saved)} />{once}</>;
  if (id && webhooks.data) return <Navigate to={paths.webhooks} replace />;
  const add = <ButtonLink size="s" icon="plus" href={toWebhook(NEW)}>{t("webhooks.new")}</ButtonLink>;
  return (
    <SettingsFrame title={t("webhooks.title")} head={webhooks.data && webhooks.data.length > 0 && add}>
      <Loaded query={webhooks}>{(rows) => (rows.length === 0
        ? <EmptyState kind="nothing" title={t("webhooks.none")} actions={add}>{t("webhooks.noneText")}</EmptyState>
        : <List rows={rows} />)}</Loaded>
    </SettingsFrame>
  );
}

function List({ rows }: { rows: readonly Webhook[] }) {
  const { t } = useTranslation("admin");
  const navigate = useNavigate();
  return (
    <div className="tblwrap"><Table label={t("webhooks.title")} rows={rows} rowId={(one) => one.id} rowText={(one) => one.name} onOpen={(one) => void navigate(toWebhook(one.id))} columns={[
      { id: "name", title: t("name"), cell: (one) => <span className="strong">{one.name}</span> },
      { id: "url", title: t("webhooks.url"), text: "cut", className: "opt", cell: (one) => <span className="mono t2">{one.url}</span> },
      { id: "events", title: t("webhooks.events"), right: true, cell: (one) => one.events.length },
      { id: "state", title: t("webhooks.state"), right: true, cell: (one) => <State webhook={one} /> },
    ]} /></div>
  );
}

function State({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("admin");
  if (webhook.problem) return <Badge tone="bad" icon="circle-alert">{t("webhooks.isOff")}</Badge>;
  if (!webhook.enabled) return <span className="t3">{t("webhooks.isOff")}</span>;
  return webhook.failures > 0 ? <Badge tone="warn" icon="alert">{t("webhooks.trouble")}</Badge> : <Badge tone="ok">{t("webhooks.on")}</Badge>;
}

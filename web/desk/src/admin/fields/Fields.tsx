// Custom fields: what the workspace keeps of each contact or task, and in which form.
import type { CustomField } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Table } from "@seaway/kit/Table";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useParams } from "react-router";
import { sayField } from "../../contact/field-words.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { useOne } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { NEW } from "../shared/Workbench.tsx";
import { FieldForm, toField } from "./FieldForm.tsx";
import "../shared/admin.css";

export function Fields() {
  const { t } = useTranslation("admin");
  return <Needs permission="workspace.manage" title={t("fields.title")}><FieldsSheet /></Needs>;
}

function FieldsSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const fields = useOne<{ items: CustomField[] }>("/custom-fields");
  const chosen = fields.data?.items.find((one) => one.id === id) ?? null;
  if (id === NEW || chosen) return <FieldForm key={chosen?.id ?? NEW} field={chosen} />;
  if (id && fields.data) return <Navigate to={paths.fields} replace />;
  const add = <ButtonLink size="s" icon="plus" href={toField(NEW)}>{t("fields.new")}</ButtonLink>;
  return (
    <SettingsFrame title={t("fields.title")} head={fields.data && fields.data.items.length > 0 && add}>
      <Loaded query={fields}>{({ items }) => (items.length === 0
        ? <EmptyState kind="nothing" title={t("fields.none")} actions={add}>{t("fields.noneText")}</EmptyState>
        : <List rows={items} />)}</Loaded>
    </SettingsFrame>
  );
}

function List({ rows }: { rows: readonly CustomField[] }) {
  const { t, i18n } = useTranslation("admin");
  const navigate = useNavigate();
  return (
    <div className="tblwrap"><Table label={t("fields.title")} rows={rows} rowId={(one) => one.id} rowText={(one) => sayField(one, i18n.language)} onOpen={(one) => void navigate(toField(one.id))} columns={[
      { id: "label", title: t("fields.label"), cell: (one) => <span className="strong">{sayField(one, i18n.language)}</span> },
      { id: "subject", title: t("fields.subject"), cell: (one) => t(`fields.subjects.${one.subject}`) },
      { id: "key", title: t("fields.key"), className: "opt", cell: (one) => <span className="mono t2">{one.key}</span> },
      { id: "kind", title: t("fields.kind"), cell: (one) => t(`fields.kinds.${one.kind}`) },
      { id: "required", title: t("fields.required"), hideTitle: true, right: true, cell: (one) => (one.required ? <Badge>{t("fields.required")}</Badge> : null) },
    ]} /></div>
  );
}

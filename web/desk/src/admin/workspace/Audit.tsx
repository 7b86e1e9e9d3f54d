// Who changed what, newest first. Nothing here can be changed.
import type { AuditRow } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { fullTime } from "../../pages/shared/format.ts";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { usePages } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { namesOfGone, sayAction, sayActor, sayDetail, saySubject, type Subject } from "./audit-words.ts";

export function Audit() {
  const { t } = useTranslation("admin");
  return <Needs permission="audit.read" title={t("audit.title")}><AuditSheet /></Needs>;
}

function AuditSheet() {
  const { t, i18n } = useTranslation("admin");
  const log = usePages<AuditRow>("/audit-log");
  const gone = namesOfGone(log.items ?? []);
  return (
    <SettingsFrame title={t("audit.title")} head={<Button size="s" variant="ghost" icon="refresh" onPress={() => void log.refetch()}>{t("runs.again")}</Button>}>
      {log.error && <Failed thrown={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Skeleton label={t("loading")} />}
      {log.items?.length === 0 && <EmptyState kind="nothing" title={t("audit.none")}>{t("audit.noneText")}</EmptyState>}
      {log.items && log.items.length > 0 && <div className="tblwrap"><Table label={t("audit.title")} rows={log.items} rowId={(row) => String(row.no)} columns={[
        { id: "action", title: t("audit.action"), cell: (row) => <span className="strong">{sayAction(t, row.action)}</span> },
        { id: "subject", title: t("audit.subject"), cell: (row) => <SubjectCell subject={saySubject(t, row, gone)} /> },
        { id: "actor", title: t("audit.actor"), cell: (row) => sayActor(t, row) },
        { id: "detail", title: t("audit.detail"), text: "wrap", className: "opt", cell: (row) => <span className="t2">{sayDetail(t, row)}</span> },
        { id: "at", title: t("audit.at"), right: true, cell: (row) => fullTime(row.at, i18n.language) },
      ]} /></div>}
      {log.hasNextPage && <div className="row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void log.fetchNextPage()}>{t("more")}</Button></div>}
    </SettingsFrame>
  );
}

function SubjectCell({ subject }: { subject: Subject }) {
  const text = <span className="cut" style={{ display: "block", maxWidth: 220 }} title={subject.text}>{subject.text}</span>;
  return subject.to ? <Link className="link" to={subject.to}>{text}</Link> : text;
}

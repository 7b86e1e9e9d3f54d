// API keys. The secret is shown once, in the answer that makes it.
import type { ApiKey } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { CopyField } from "@seaway/kit/CopyField";
import { Dialog } from "@seaway/kit/Dialog";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { IconButton } from "@seaway/kit/IconButton";
import { Select } from "@seaway/kit/Select";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { shortTime } from "../../pages/shared/format.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { blames, useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useAll, useForget } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import "../shared/admin.css";

export function Keys() {
  const { t } = useTranslation("admin");
  return <Needs permission="key.manage" title={t("keys.title")}><KeysSheet /></Needs>;
}

function KeysSheet() {
  const { t, i18n } = useTranslation("admin");
  const keys = useAll<ApiKey>("/api-keys");
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<ApiKey | null>(null);
  const add = <Button size="s" icon="plus" onPress={() => setMaking(true)}>{t("keys.new")}</Button>;
  return (
    <SettingsFrame title={t("keys.title")} head={keys.data && keys.data.length > 0 && add}>
      <Loaded query={keys}>{(rows) => (rows.length === 0
        ? <EmptyState kind="nothing" title={t("keys.none")} actions={add}>{t("keys.noneText")}</EmptyState>
        : <div className="tblwrap"><Table label={t("keys.title")} rows={rows} rowId={(key) => key.id} columns={[
          { id: "name", title: t("name"), cell: (key) => <span className="strong">{key.name}</span> },
          { id: "id", title: t("keys.id"), className: "opt", cell: (key) => <span className="mono t2">{key.id}</span> },
          { id: "role", title: t("keys.role"), cell: (key) => t(`people.role.${key.role}`, { defaultValue: key.role }) },
          { id: "made", title: t("keys.made"), right: true, className: "opt", cell: (key) => shortTime(key.created_at, i18n.language) },
          { id: "used", title: t("keys.used"), right: true, cell: (key) => (key.last_used_at ? shortTime(key.last_used_at, i18n.language) : <span className="t3">{t("keys.never")}</span>) },
          { id: "end", title: t("keys.end"), hideTitle: true, right: true, cell: (key) => <IconButton size="s" icon="trash" label={t("keys.endOf", { name: key.name })} onPress={() => setEnding(key)} /> },
        ]} /></div>)}</Loaded>
      {making && <MakeKey onClose={() => setMaking(false)} />}
      {ending && <EndKey apiKey={ending} onClose={() => setEnding(null)} />}
    </SettingsFrame>
  );
}

function MakeKey({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [name, setName] = useState("");
  const [role, setRole] = useState("admin");
  const [made, setMade] = useState<ApiKey | null>(null);
  const copy = { copy: t("copy"), copied: t("copied") };
  async function make() {
    const key = await run(() => http.post<ApiKey>(ws("/api-keys"), { name: name.trim(), role }));
    if (!key) return;
    setMade(key);
    await forget("/api-keys");
  }
  if (made) {
    return (
      <Dialog role="alertdialog" title={t("keys.madeTitle", { name: made.name })} closeLabel={t("close")} isOpen onClose={onClose} foot={<Button variant="primary" onPress={onClose}>{t("keys.keptIt")}</Button>}>
        <p className="lead" style={{ marginBottom: 12 }}>{t("keys.once")}</p>
        <div className="f"><CopyField label={t("keys.id")} name={t("keys.id")} value={made.id} words={copy} /></div>
        <div className="f"><CopyField label={t("keys.secret")} name={t("keys.secret")} value={made.secret ?? ""} words={copy} /></div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("keys.new")} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy || !name.trim()} onPress={() => void make()}>{t("create")}</Button></>}>
      {refusal && !blames(refusal, "/name") && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <Field label={t("name")} help={t("keys.nameHelp")} value={name} onChange={setName} error={refusal && blames(refusal, "/name") ? words(refusal) : null} autoFocus />
      <Select label={t("keys.role")} value={role} onChange={setRole} options={["agent", "supervisor", "admin"].map((id) => ({ id, label: t(`people.role.${id}`), description: t(`people.roleHelp.${id}`) }))} />
    </Dialog>
  );
}

function EndKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  async function end() {
    const done = await run(async () => { await http.delete(ws(`/api-keys/${apiKey.id}`)); return true; });
    if (!done) return;
    toast(t("removed", { name: apiKey.name }));
    await forget("/api-keys");
    onClose();
  }
  return (
    <Dialog role="alertdialog" title={t("deleteTitle", { name: apiKey.name })} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void end()}>{t("keys.end")}</Button></>}>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <p>{t("keys.endText")}</p>
    </Dialog>
  );
}

// A file of agents: first what it would change, line by line where something is wrong, then the change itself, whole or not at all.
import type { Imported } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Icon } from "@seaway/kit/Icon";
import { Switch } from "@seaway/kit/Switch";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import { Changes } from "./Changes.tsx";

const TIMEOUT_MS = 120_000;

export function Import({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [file, setFile] = useState<File | null>(null);
  const [create, setCreate] = useState(false);
  const [seen, setSeen] = useState<Imported | null>(null);
  const number = (value: number) => value.toLocaleString(i18n.language);

  const send = async (chosen: File, asked: { create: boolean; dry_run: boolean }) =>
    run(async () => http.post<Imported>(ws(`/workers.csv?dry_run=${asked.dry_run}&create=${asked.create}`), new Blob([await chosen.arrayBuffer()], { type: "text/csv" }), { timeout_ms: TIMEOUT_MS }));
  async function look(chosen: File, wanted: boolean) {
    setFile(chosen);
    setCreate(wanted);
    setSeen(null);
    setSeen(await send(chosen, { create: wanted, dry_run: true }));
  }
  async function apply(chosen: File) {
    const done = await send(chosen, { create, dry_run: false });
    if (!done) return;
    await forget("/workers", "/members", "/board");
    toast(t("agents.imported", { count: done.changed + done.new }));
    onClose();
  }
  const changing = seen ? seen.changed + seen.new : 0;
  const ready = file !== null && seen !== null && seen.refused === 0 && changing > 0;
  return (
    <Dialog title={t("agents.importTitle")} closeLabel={t("close")} isOpen wide onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy || !ready} onPress={() => { if (file) void apply(file); }}>{ready ? t("agents.importDo", { count: changing }) : t("agents.import")}</Button></>}>
      <p className="lead">{t("agents.importText")}</p>
      <div className="row filepick">
        <FileTrigger acceptedFileTypes={[".csv", "text/csv"]} onSelect={(list) => { const chosen = list?.[0]; if (chosen) void look(chosen, create); }}><Button icon="upload" variant={file ? "plain" : "soft"}>{t(file ? "agents.otherFile" : "agents.chooseFile")}</Button></FileTrigger>
        {file && <span className="cut" title={file.name}>{file.name}</span>}
      </div>
      <div className="f"><Switch isSelected={create} onChange={(wanted) => { if (file) void look(file, wanted); else setCreate(wanted); }} help={t("agents.createHelp")}>{t("agents.create")}</Switch></div>
      <div role="status">
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        {busy && <p className="t3">{t("agents.looking")}</p>}
        {seen && !busy && (
          <ul className="importcounts">
            <li><b className="num">{number(seen.changed)}</b> {t("agents.ofChanged", { count: seen.changed })}</li>
            <li><b className="num">{number(seen.new)}</b> {t("agents.ofNew", { count: seen.new })}</li>
            <li><b className="num">{number(seen.unchanged)}</b> {t("agents.ofSame", { count: seen.unchanged })}</li>
            <li className={seen.refused > 0 ? "bad" : ""}>{seen.refused > 0 && <Icon name="circle-alert" size={14} />}<b className="num">{number(seen.refused)}</b> {t("agents.ofRefused", { count: seen.refused })}</li>
          </ul>
        )}
        {seen && seen.refused > 0 && <p>{t("agents.allOrNothing")}</p>}
      </div>
      {seen && seen.refusals.length > 0 && (
        <table className="changes">
          <caption className="sr">{t("agents.refusedLines")}</caption>
          <thead><tr><th scope="col" className="r">{t("agents.line")}</th><th scope="col">{t("agents.column")}</th><th scope="col">{t("agents.reason")}</th></tr></thead>
          <tbody>{seen.refusals.map((one) => <tr key={`${one.line} ${one.column} ${one.code}`} className="first"><td className="r num">{number(one.line)}</td><td className="mono t3">{one.column ?? "–"}</td><td>{one.detail}<span className="t3 mend">{one.mend}</span></td></tr>)}</tbody>
        </table>
      )}
      {seen && seen.refused > seen.refusals.length && <p className="t3">{t("agents.andMoreRefused", { count: seen.refused - seen.refusals.length })}</p>}
      {seen && seen.refused === 0 && <Changes changes={seen.changes} more={changing - seen.changes.length} />}
    </Dialog>
  );
}

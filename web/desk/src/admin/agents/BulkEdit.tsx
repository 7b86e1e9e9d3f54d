// The same change to all who are ticked. The server says beforehand how many change and how the first of them will look.
import type { Activity, Edited, Who, WorkerTable } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { Select } from "@seaway/kit/Select";
import { toast } from "@seaway/kit/toasts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { problemWords, useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import { useSettled } from "../../pages/shared/settled.ts";
import { BULK_KINDS, editsOf, type BulkForm, type BulkKind } from "./bulk.ts";
import { Changes } from "./Changes.tsx";

const BLANK: BulkForm = { kind: "add", skill: "", level: "", channel: "", capacity: "", activity: "" };
/** A change of very many takes its time. */
const TIMEOUT_MS = 60_000;

export function BulkEdit({ who, count, skills, activities, channels, onClose, onDone }: { who: Partial<Who>; count: number; skills: WorkerTable["skills"]; activities: readonly Activity[]; channels: readonly string[]; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [form, setForm] = useState(BLANK);
  const set = (part: Partial<BulkForm>) => setForm({ ...form, ...part });
  const edits = editsOf(who, form);
  const asked = useSettled(JSON.stringify(edits), 250);
  const settled = asked === JSON.stringify(edits);
  const preview = useQuery({ queryKey: ["ws", "workers", "edit", asked], queryFn: ({ signal }) => http.post<Edited>(ws("/workers/edit"), { edits: JSON.parse(asked), dry_run: true }, { signal, timeout_ms: TIMEOUT_MS }), enabled: edits !== null && settled, retry: false });
  const seen = settled ? preview.data : undefined;
  const wrong = refusal ?? (settled ? preview.error : null);

  async function apply() {
    const done = await run(() => http.post<Edited>(ws("/workers/edit"), { edits }, { timeout_ms: TIMEOUT_MS }));
    if (!done) return;
    await forget("/workers", "/members", "/board");
    const back = done.undo;
    toast(t("agents.changed", { count: done.changed }), back && back.length > 0 ? { undo: { label: t("undo"), run: () => takeBack(back) } } : {});
    onDone();
  }
  async function takeBack(back: NonNullable<Edited["undo"]>) {
    try {
      const done = await http.post<Edited>(ws("/workers/edit"), { edits: back }, { timeout_ms: TIMEOUT_MS });
      await forget("/workers", "/members", "/board");
      toast(t("agents.takenBack", { count: done.changed }));
    } catch (thrown) {
      toast(problemWords(thrown));
    }
  }
  return (
    <Dialog title={t("agents.changeTitle", { count })} closeLabel={t("close")} isOpen wide onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy || !seen || seen.changed === 0} onPress={() => void apply()}>{seen && seen.changed > 0 ? t("agents.changeDo", { count: seen.changed }) : t("agents.change")}</Button></>}>
      {wrong && <Banner tone="bad" round>{words(wrong)}</Banner>}
      <div className="bulkform">
        <Select label={t("agents.what")} value={form.kind} onChange={(kind) => set({ kind: kind as BulkKind })} options={BULK_KINDS.map((kind) => ({ id: kind, label: t(`agents.kind.${kind}`) }))} />
        {form.kind === "add" && <Field label={t("agents.skillName")} value={form.skill} onChange={(skill) => set({ skill })} autoFocus autoComplete="off" />}
        {(form.kind === "level" || form.kind === "remove") && <Select label={t("agents.skillName")} value={form.skill || null} onChange={(skill) => set({ skill })} placeholder={t("agents.choose")} options={skills.map((skill) => ({ id: skill.name, label: skill.name, description: t("agents.count", { count: skill.workers }) }))} />}
        {(form.kind === "add" || form.kind === "level") && <Field label={t("agents.level")} aside={t("optional")} help={t(form.kind === "add" ? "agents.levelHelpAdd" : "agents.levelHelp")} inputMode="decimal" value={form.level} onChange={(level) => set({ level })} />}
        {form.kind === "capacity" && <Select label={t("capacity.channel")} value={form.channel || null} onChange={(channel) => set({ channel })} placeholder={t("agents.choose")} options={channels.map((channel) => ({ id: channel, label: t(`channel.${channel}`, { defaultValue: channel }) }))} />}
        {form.kind === "capacity" && <Field label={t("capacity.atOnce")} inputMode="numeric" value={form.capacity} onChange={(capacity) => set({ capacity })} />}
        {form.kind === "activity" && <Select label={t("agents.activity")} value={form.activity || null} onChange={(activity) => set({ activity })} placeholder={t("agents.choose")} help={t("agents.activityHelp")} options={activities.map((one) => ({ id: one.id, label: sayActivity(t, one.name) }))} />}
      </div>
      <div role="status" className="bulkseen">
        {edits === null && <p className="t3">{t("agents.fillIn")}</p>}
        {edits !== null && !seen && !wrong && <p className="t3">{t("agents.looking")}</p>}
        {seen && <p>{seen.changed === 0 ? t("agents.nothingChanges", { count: seen.found }) : t("agents.willChange", { count: seen.changed, found: seen.found })}</p>}
        {seen && seen.changed > 0 && seen.undo === null && <p className="t3">{t("agents.noUndo")}</p>}
      </div>
      {seen && <Changes changes={seen.changes} more={seen.changed - seen.changes.length} />}
    </Dialog>
  );
}

// Which agent would get a task? A workflow, as it is saved or as it stands in the form, is played and nothing of it is kept.
import type { TaskChannel, TaskWhy, Workflow } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { Select } from "@seaway/kit/Select";
import { TextArea } from "@seaway/kit/TextArea";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { Played } from "../../pages/board/Played.tsx";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useAll } from "../../pages/shared/resource.ts";

type Draft = Pick<Workflow, "configuration" | "task_reservation_timeout"> & { id: string | null };

export function TryOut({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const channels = useAll<TaskChannel>("/task-channels");
  const { run, refusal, busy } = useAct();
  const [attributes, setAttributes] = useState('{\n  "language": "en"\n}');
  const [channel, setChannel] = useState("chat");
  const [priority, setPriority] = useState(0);
  const [told, setTold] = useState<TaskWhy | null>(null);

  async function play() {
    const asked = { workflow_id: draft.id, configuration: draft.configuration, task_reservation_timeout: draft.task_reservation_timeout, attributes, channel, priority };
    const answer = await run(() => http.post<TaskWhy>(ws("/workflows/try-out"), asked));
    setTold(answer ?? null);
  }
  const errorOf = (field: string) => (refusal?.problem.field?.startsWith(field) ? words(refusal) : null);
  const elsewhere = refusal && !["/attributes", "/priority", "/channel"].some((field) => refusal.problem.field?.startsWith(field));
  return (
    <Dialog wide title={t("workflows.try.title")} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("close")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void play()}>{t("workflows.try.go")}</Button></>}>
      <p className="t2 tryhead">{t("workflows.try.text")}</p>
      <TextArea label={t("workflows.try.attributes")} mono rows={5} value={attributes} onChange={setAttributes} error={errorOf("/attributes")} />
      <div className="tryrow">
        <Select label={t("workflows.try.channel")} value={channel} onChange={setChannel} error={errorOf("/channel")} options={(channels.data ?? []).map((one) => ({ id: one.unique_name, label: one.name }))} />
        <Field label={t("workflows.try.priority")} type="number" inputMode="numeric" value={String(priority)} onChange={(typed) => setPriority(Math.max(0, Number(typed) || 0))} error={errorOf("/priority")} />
      </div>
      {elsewhere && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <div aria-live="polite">{told && <Played told={told} />}</div>
    </Dialog>
  );
}

// Handing a task on: to a colleague, a queue, or back to the flow, with a word about why. Supervisors assign with the same list.
import { Avatar } from "@seaway/kit/Avatar";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { Icon, type IconName } from "@seaway/kit/Icon";
import { TextArea } from "@seaway/kit/TextArea";
import { toast } from "@seaway/kit/toasts";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { sayName } from "../contact/name.ts";
import { useConversationInSight } from "../actions/use-actions.ts";
import { sayActivity } from "../activity/activity-name.ts";
import { presenceOf } from "../activity/presence.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { changeUi } from "../shell/ui.ts";
import { useCommands, type TransferTarget } from "../state/commands.ts";
import { useDeskState } from "../state/desk.tsx";
import "./transfer.css";

interface Choice { id: string; label: string; detail: string; start: ReactNode; target: TransferTarget }

export function TransferDialog({ kind }: { kind: "transfer" | "assign" }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const conversation = useConversationInSight();
  const commands = useCommands();
  const navigate = useNavigate();
  const [sought, setSought] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const task = conversation?.task;
  if (!conversation || !task) return null;

  const sign = (icon: IconName) => <span className="sign"><Icon name={icon} /></span>;
  const agents: Choice[] = state.workers.filter((w) => w.id !== task.worker?.id).toSorted((a, b) => Number(b.connected && b.activity.available) - Number(a.connected && a.activity.available) || a.name.localeCompare(b.name))
    .map((w) => ({ id: w.id, label: w.name, detail: w.connected ? sayActivity(t, w.activity.name) : t("transfer.offline"), start: <Avatar name={w.name} size={24} presence={presenceOf(w)} />, target: { worker_id: w.id } }));
  const queues: Choice[] = kind === "assign" ? [] : state.queues.map((q) => ({ id: q.id, label: q.name, detail: q.id === task.queue?.id ? t("transfer.here") : "", start: sign("route"), target: { queue_id: q.id } }));
  const flow: Choice[] = kind === "assign" ? [] : [{ id: "flow", label: t("transfer.flow"), detail: t("transfer.flowWhy"), start: sign("flow"), target: { flow: true } }];
  const fits = (choice: Choice) => choice.label.toLowerCase().includes(sought.trim().toLowerCase());
  const groups = [{ title: t("transfer.agents"), list: agents.filter(fits) }, { title: t("transfer.queues"), list: queues.filter(fits) }, { title: t("transfer.elsewhere"), list: flow.filter(fits) }].filter((g) => g.list.length > 0);
  const target = [...agents, ...queues, ...flow].find((choice) => choice.id === chosen);
  const close = () => changeUi({ overlay: null });

  async function run(): Promise<void> {
    if (!task || !target) return setError(t("transfer.choose"));
    setBusy(true);
    try {
      if (kind === "assign" && "worker_id" in target.target) await commands.assign(task, target.target.worker_id);
      else await commands.transfer(task, target.target, note.trim());
      close();
      const name = sayName(t, conversation?.contact.name);
      toast("flow" in target.target ? t("transfer.doneFlow", { name }) : t("transfer.done", { name, to: target.label }));
      if (kind === "transfer") void navigate("/desk");
    } catch (thrown) {
      setError(sayRefusal(t, thrown));
      setBusy(false);
    }
  }
  return (
    <Dialog title={t(kind === "assign" ? "transfer.assignTitle" : "transfer.title", { name: sayName(t, conversation.contact.name) })} closeLabel={t("word.close")} isOpen onClose={close}
      foot={<><Button onPress={close}>{t("word.cancel")}</Button><Button variant="primary" isDisabled={busy || !target} onPress={() => void run()}>{t(kind === "assign" ? "transfer.assign" : "transfer.run")}</Button></>}>
      <form className="transfer" onSubmit={(event) => { event.preventDefault(); void run(); }}>
        <Field label={t("transfer.find")} hideLabel placeholder={t("transfer.find")} autoFocus value={sought} onChange={setSought} start={<Icon name="search" size={14} className="t3" />} />
        <div className="targets" role="radiogroup" aria-label={t("transfer.to")}>
          {groups.map((group) => (
            <div key={group.title} role="group" aria-label={group.title}>
              <p className="mh">{group.title}</p>
              {group.list.map((choice) => (
                <label key={choice.id} className="mi">
                  <input type="radio" className="sr" name="target" checked={choice.id === chosen} onChange={() => { setChosen(choice.id); setError(null); }} />
                  {choice.start}<span className="grow cut">{choice.label}</span><span className="meta cut">{choice.detail}</span>{choice.id === chosen && <Icon name="check" size={14} />}
                </label>
              ))}
            </div>
          ))}
          {groups.length === 0 && <p className="t2 small nobody">{t("transfer.nobody")}</p>}
        </div>
        {kind === "transfer" && <TextArea label={t("transfer.note")} help={t("log.private")} rows={2} value={note} onChange={setNote} />}
        {error && <p className="fix" role="alert"><Icon name="circle-alert" />{error}</p>}
      </form>
    </Dialog>
  );
}

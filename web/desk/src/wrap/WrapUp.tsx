// After the talk: how it ended, a note for the next one, and done. A message that came meanwhile is never completed away.
import type { Conversation, Task } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Icon } from "@seaway/kit/Icon";
import { toast } from "@seaway/kit/toasts";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { sayName } from "../contact/name.ts";
import { asRefusal } from "../api/http.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk, useLive } from "../state/desk.tsx";
import { activeOf, knownUpTo } from "../state/select.ts";
import { sayLeft } from "../time/format.ts";
import { useNow } from "../time/use-now.ts";
import { sayOutcome } from "./outcome-words.ts";
import "./wrap.css";

export function WrapUp({ conversation, task }: { conversation: Conversation; task: Task }) {
  const { t } = useTranslation();
  const dispositions = useDesk((state) => state.dispositions);
  const commands = useCommands();
  const live = useLive();
  const navigate = useNavigate();
  const [outcome, setOutcome] = useState(task.disposition ?? "");
  const [note, setNote] = useState("");
  const [missing, setMissing] = useState(false);
  const [newer, setNewer] = useState(false);
  const [busy, setBusy] = useState(false);
  const now = useNow(1_000);
  const name = sayName(t, conversation.contact.name);

  async function finish(): Promise<void> {
    if (dispositions.length > 0 && !outcome) return setMissing(true);
    setBusy(true);
    try {
      await commands.complete(task, outcome, note.trim(), knownUpTo(live.store.get(), conversation));
      toast(t("wrap.done", { name }));
      const next = activeOf(live.store.get()).find((c) => c.id !== conversation.id);
      void navigate(next ? `/desk/${next.id}` : "/desk");
    } catch (thrown) {
      const refusal = asRefusal(thrown);
      if (refusal.code === "newer_message") {
        await live.loadLog(conversation.id).catch(() => undefined);
        setNewer(true);
      } else toast(sayRefusal(t, refusal), { stays_s: 8 });
      setBusy(false);
    }
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void finish();
    }
  }
  const left = task.wrap_up_until ? Date.parse(task.wrap_up_until) - now : null;
  return (
    <section className="wrapup" id="wrap-up" aria-label={t("wrap.title")} onKeyDown={onKeyDown}>
      <div className="row"><h3>{t("wrap.title")}</h3><span className="grow" />{left !== null && left > 0 && <span className="sla"><Icon name="clock" />{sayLeft(left)}</span>}</div>
      {newer && <Banner tone="warn" icon="message" round>{t("wrap.newer", { name })}</Banner>}
      <div className="outcomes" role="radiogroup" aria-label={t("wrap.choose")} aria-invalid={missing}>
        {dispositions.map((one) => (
          <label key={one} className={`chip ${one === outcome ? "on" : ""}`}>
            <input type="radio" className="sr" name={`outcome-${task.id}`} checked={one === outcome} onChange={() => { setOutcome(one); setMissing(false); }} />
            {one === outcome && <Icon name="check" size={14} />}{sayOutcome(t, one)}
          </label>
        ))}
      </div>
      {missing && <p className="fix" role="alert"><Icon name="circle-alert" />{t("wrap.missing")}</p>}
      <div className="row foot">
        <div className="field grow"><input aria-label={t("wrap.note")} placeholder={t("wrap.noteHint")} value={note} onChange={(event) => setNote(event.target.value)} /></div>
        <Button variant="primary" icon="check" isDisabled={busy} keys={["Ctrl", "Enter"]} onPress={() => void finish()}>{t("action.complete")}</Button>
      </div>
    </section>
  );
}

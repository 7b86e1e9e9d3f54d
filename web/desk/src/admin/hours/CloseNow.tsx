// Whether it is open, and the two ways to change that at once: closing for a while, and opening again. Both are saved by themselves.
import type { BusinessHours, Closure } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { Select } from "@seaway/kit/Select";
import { toast } from "@seaway/kit/toasts";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { blames, useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import { closureEnd, holdsNow, isPlanned, reopened, sayMoment, sayState, stillDue, type CloseUntil } from "./hours-words.ts";
import { readTime } from "./spans.ts";
import { TimeField } from "./TimeField.tsx";
import { knownZone, localOf } from "./zoned.ts";

/** Until the dialog has given the focus back. */
const FOCUS_AFTER_MS = 50;
const CHOICES: readonly CloseUntil[] = ["hour", "today", "at", "open"];

interface CloseNowProps { hours: BusinessHours; now: number; /** Another version is there now. */ onSaved: () => Promise<void> }

export function CloseNow({ hours, now, onSaved }: CloseNowProps) {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const act = useAct();
  const [asking, setAsking] = useState(false);
  const line = useRef<HTMLDivElement>(null);
  const closed = hours.closures.some((closure) => holdsNow(closure, now));
  const planned = hours.closures.filter((closure) => isPlanned(closure, now));
  const say = (at: string) => sayMoment(Date.parse(at), hours.time_zone, now, i18n.language);
  async function save(closures: Closure[], said: string): Promise<boolean> {
    const done = await act.run(async () => { await http.patch(ws(`/business-hours/${hours.id}`), { closures, version: hours.version }); return true; });
    if (!done) return false;
    await forget("/business-hours");
    await onSaved();
    toast(said);
    // The button that had the focus is gone, and a second press must not undo the first.
    setTimeout(() => line.current?.focus(), FOCUS_AFTER_MS);
    return true;
  }
  const { name } = hours.now;
  return (
    <>
      <div className="hr-state" data-shut={closed || undefined} ref={line} tabIndex={-1}>
        <Icon name={closed ? "ban" : "clock"} />
        <p role="status"><span className="strong">{sayState(t, hours, now, i18n.language)}</span>{name && <span className="t2"> · {name}</span>}</p>
        {closed ? <Button key="open" size="s" isDisabled={act.busy} onPress={() => void save(reopened(hours.closures, now), t("hours.reopened", { name: hours.name }))}>{t("hours.openAgain")}</Button> : <Button key="close" size="s" onPress={() => { act.clear(); setAsking(true); }}>{t("hours.closeNow")}</Button>}
      </div>
      {!asking && act.refusal && <Banner tone="bad" round>{words(act.refusal)}</Banner>}
      {planned.map((closure) => (
        <div key={`${closure.from}${closure.reason}`} className="row hr-planned">
          <p className="small t2 grow">{t("hours.planned", { from: say(closure.from), until: closure.until === null ? t("hours.close.open") : say(closure.until) })}{closure.reason && ` · ${closure.reason}`}</p>
          <IconButton size="s" icon="x" label={t("hours.removePlanned", { from: say(closure.from) })} isDisabled={act.busy} onPress={() => void save(stillDue(hours.closures, now).filter((one) => one !== closure), t("saved"))} />
        </div>
      ))}
      {asking && <CloseDialog hours={hours} now={now} act={act} onClose={() => { setAsking(false); act.clear(); }} save={async (closure) => { if (await save([...stillDue(hours.closures, now), closure], t("hours.shut", { name: hours.name }))) setAsking(false); }} />}
    </>
  );
}

function CloseDialog({ hours, now, act, save, onClose }: { hours: BusinessHours; now: number; act: ReturnType<typeof useAct>; save: (closure: Closure) => Promise<void>; onClose: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const zone = knownZone(hours.time_zone) ?? "UTC";
  const [choice, setChoice] = useState<CloseUntil>("hour");
  const [date, setDate] = useState(() => localOf(now, zone).slice(0, 10));
  const [time, setTime] = useState("");
  const [reason, setReason] = useState("");
  const end = closureEnd(choice, now, zone, { date, time: readTime(time) });
  const pointer = `/closures/${stillDue(hours.closures, now).length}`;
  const errorOf = (part: string) => (blames(act.refusal, `${pointer}/${part}`) ? words(act.refusal) : null);
  const isPast = choice === "at" && date !== "" && readTime(time) !== null && end === undefined;
  const when = (one: CloseUntil) => { const at = one === "hour" || one === "today" ? closureEnd(one, now, zone, { date, time: null }) : null; return at ? t("hours.close.untilWhen", { when: sayMoment(at, zone, now, i18n.language) }) : undefined; };
  return (
    <Dialog title={t("hours.close.title", { name: hours.name })} closeLabel={t("close")} isOpen onClose={onClose}
      foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={act.busy || end === undefined}
        onPress={() => { if (end !== undefined) void save({ from: new Date(now).toISOString(), until: end === null ? null : new Date(end).toISOString(), reason: reason.trim() }); }}>{t("hours.close.do")}</Button></>}>
      {act.refusal && !errorOf("until") && !errorOf("reason") && <Banner tone="bad" round>{words(act.refusal)}</Banner>}
      <p className="hr-lead">{t("hours.close.text")}</p>
      <Select label={t("hours.close.until")} value={choice} onChange={(id) => setChoice(CHOICES.find((one) => one === id) ?? "hour")} options={CHOICES.map((id) => ({ id, label: t(`hours.close.${id}`), description: when(id) }))} error={choice === "at" ? null : errorOf("until")} />
      {choice === "at" && (
        <div className="hr-at">
          <Field type="date" label={t("hours.date")} value={date} onChange={setDate} error={isPast ? t("hours.close.past") : errorOf("until")} />
          <TimeField showLabel label={t("hours.close.time")} value={time} onChange={setTime} error={time !== "" && readTime(time) === null ? t("hours.badTime") : null} />
        </div>
      )}
      <Field label={t("hours.close.reason")} aside={t("optional")} help={t("hours.close.reasonHelp")} maxLength={100} value={reason} onChange={setReason} error={errorOf("reason")} />
    </Dialog>
  );
}

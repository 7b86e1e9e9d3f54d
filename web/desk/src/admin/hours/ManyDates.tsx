// Many special dates at once: lines that are pasted, or a calendar file. What they come to is shown before they join.
import type { SpecialDate } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Button } from "@seaway/kit/Button";
import { Checkbox } from "@seaway/kit/Checkbox";
import { Dialog } from "@seaway/kit/Dialog";
import { Icon } from "@seaway/kit/Icon";
import { TextArea } from "@seaway/kit/TextArea";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CalendarDates } from "./calendar-file.ts";
import { sayDate } from "./hours-words.ts";
import { joined, readLines } from "./special-dates.ts";

interface ManyDatesProps { today: string; known: readonly SpecialDate[]; onAdd: (dates: SpecialDate[]) => void; onClose: () => void }

/** Bytes; ten years of a country's holidays are a hundredth of it. */
const FILE_MAX = 2 * 1024 * 1024;

export function ManyDates({ today, known, onAdd, onClose }: ManyDatesProps) {
  const { t, i18n } = useTranslation("admin");
  const [text, setText] = useState("");
  const [yearly, setYearly] = useState(false);
  const [file, setFile] = useState<{ name: string; read: CalendarDates | null } | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const { dates: typed, unread } = readLines(text, yearly);
  const found = [...typed, ...(file?.read?.dates ?? [])];
  const fresh = joined(known, found).dates.filter((date) => !known.includes(date));
  async function read(chosen: File): Promise<void> {
    if (chosen.size > FILE_MAX) return setFile({ name: chosen.name, read: null });
    const [{ readCalendar }, content] = await Promise.all([import("./calendar-file.ts"), chosen.text()]);
    setFile({ name: chosen.name, read: readCalendar(content, today) });
  }
  const left = [
    file?.read && file.read.past > 0 && t("hours.many.past", { count: file.read.past }),
    file?.read && file.read.timed > 0 && t("hours.many.timed", { count: file.read.timed }),
    found.length > fresh.length && t("hours.many.known", { count: found.length - fresh.length }),
  ].filter(Boolean);
  return (
    <Dialog title={t("hours.many.title")} closeLabel={t("close")} isOpen onClose={onClose}
      foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={fresh.length === 0} onPress={() => onAdd(fresh)}>{t("hours.many.add", { count: fresh.length })}</Button></>}>
      <TextArea label={t("hours.many.lines")} help={t("hours.many.linesHelp")} rows={5} autoFocus placeholder={t("hours.many.example", { year: today.slice(0, 4) })} value={text} onChange={setText} error={unread.length > 0 && text.includes("\n") ? t("hours.many.unread", { count: unread.length, lines: unread.join(", ") }) : null} />
      <div className="f"><Checkbox isSelected={yearly} onChange={setYearly} help={t("hours.many.yearlyHelp")}>{t("hours.yearly")}</Checkbox></div>
      <div className="f">
        <input ref={chooser} className="filehidden" type="file" accept=".ics,text/calendar" tabIndex={-1} aria-hidden onChange={({ target }) => { const chosen = target.files?.[0]; target.value = ""; if (chosen) void read(chosen); }} />
        <div className="row"><Button size="s" icon="upload" onPress={() => chooser.current?.click()}>{t("hours.many.file")}</Button>{file?.read && <span className="cut small t2">{file.name}</span>}</div>
        {file && !file.read ? <p className="fix" role="alert"><Icon name="circle-alert" /><span>{t("hours.many.notCalendar", { name: file.name })}</span></p> : <p className="hint">{t("hours.many.fileHelp")}</p>}
      </div>
      <div role="status">
        {left.length > 0 && <p className="small t2">{left.join(" · ")}</p>}
      </div>
      {fresh.length > 0 && (
        <ul className="hr-found" aria-label={t("hours.many.found")} tabIndex={fresh.length > 6 ? 0 : undefined}>
          {fresh.map((date) => (
            <li key={`${date.date}${date.yearly}`}><span className="cut">{date.name || t("hours.newDate")}</span>{date.yearly && <Badge>{t("hours.yearly")}</Badge>}{date.open.map((span) => <Badge key={span.from}>{span.from}–{span.to}</Badge>)}<span className="t2 num">{sayDate(date.date, date.yearly, i18n.language)}</span></li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

// Business hours in a form: what is so now, what comes, and what it is made of.
import type { BusinessHours } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { ComboBox } from "@seaway/kit/ComboBox";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { paths } from "../../pages/paths.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { same } from "../../pages/shared/form.ts";
import { ownZone, zoneOptions } from "../../pages/shared/time-zones.ts";
import { useNow } from "../../time/use-now.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { CloseNow } from "./CloseNow.tsx";
import { Coming } from "./Coming.tsx";
import { Dates } from "./Dates.tsx";
import { datesAreRight } from "./special-dates.ts";
import { tidySpans } from "./spans.ts";
import { Week } from "./Week.tsx";
import { USUAL_WEEK, weekIsRight } from "./week.ts";
import { knownZone, localOf } from "./zoned.ts";

const TICK_MS = 30_000;
const NOT_YET: BusinessHours["now"] = { open: false, until: null, because: "weekly", name: "" };

export function HoursForm({ hours, to }: { hours: BusinessHours | null; to: (id: string) => string }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const now = useNow(TICK_MS);
  const form = useItemForm<BusinessHours>({
    path: "/business-hours", item: hours, to,
    blank: { name: "", time_zone: ownZone(), weekly: USUAL_WEEK, dates: [], closures: [], now: NOT_YET, used_by: { task_queues: [], channel_accounts: [] } },
    body: (changed, values) => tidy(hours ? changed : { name: values.name, time_zone: values.time_zone, weekly: values.weekly, dates: values.dates, closures: [] }),
  });
  const { values, refusal } = form;
  // The server names places in the lists as they were sent: once a list is another, they say nothing any more.
  const sent = useRef({ refusal, weekly: values.weekly, dates: values.dates });
  if (sent.current.refusal !== refusal) sent.current = { refusal, weekly: values.weekly, dates: values.dates };
  const errorIn = (list: "weekly" | "dates", rest: string) => (same(sent.current[list], values[list]) ? form.errorOf(`/${list}${rest}`) : null);
  const wholeOf = (list: "weekly" | "dates") => (refusal?.problem.field === `/${list}` ? errorIn(list, "") : null);
  const today = localOf(now, knownZone(values.time_zone) ?? "UTC").slice(0, 10);
  const title = hours?.name ?? t("hours.new");
  const cannot = !values.name.trim() ? t("nameMissing") : !weekIsRight(values.weekly) || !datesAreRight(values.dates) ? t("hours.toMend") : null;
  return (
    <section className="pane" aria-label={title}>
      <PageHead title={title} level={2} note={hours?.time_zone.replaceAll("_", " ")} back={{ href: paths.hours, label: t("back") }}>
        {hours && <RemoveForGood path="/business-hours" item={hours} name={hours.name} text={t("hours.deleteText")} back={paths.hours} />}
      </PageHead>
      <div className="scroll"><div className="form hr-form">
        {/* Closing gives the hours another version; what is typed meanwhile goes on top of it. */}
        {hours && <CloseNow hours={hours} now={now} onSaved={async () => { if (form.dirty) await form.reload(); }} />}
        <Coming hours={{ ...values, closures: hours?.closures ?? [] }} now={now} />
        <div className="two">
          <Field label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoFocus={!hours} maxLength={100} />
          <ComboBox label={t("workspace.timeZone")} help={t("hours.zoneHelp")} value={values.time_zone} onChange={(zone) => zone && form.set("time_zone", zone)} options={zoneOptions(values.time_zone, hours?.time_zone ?? "UTC")} noMatch={t("workspace.noZone")} error={form.errorOf("/time_zone")} />
        </div>
        <section>
          <h3>{t("hours.week")}</h3>
          {wholeOf("weekly") && <Banner tone="bad" round>{words(refusal)}</Banner>}
          <Week weekly={values.weekly} onChange={(weekly) => form.set("weekly", weekly)} errorAt={(place) => errorIn("weekly", `/${place}`)} />
        </section>
        <section>
          <h3>{t("hours.dates")}</h3>
          <p className="lead">{t("hours.datesHelp")}</p>
          {wholeOf("dates") && <Banner tone="bad" round>{words(refusal)}</Banner>}
          <Dates dates={values.dates} onChange={(dates) => form.set("dates", dates)} today={today} errorAt={(at, part) => errorIn("dates", `/${at}/${part}`)} />
        </section>
        {hours && <UsedBy used={hours.used_by} />}
      </div></div>
      <SaveBar form={form} cannot={cannot} />
    </section>
  );
}

function UsedBy({ used }: { used: BusinessHours["used_by"] }) {
  const { t } = useTranslation("admin");
  const links = [...used.task_queues.map(({ id, name }) => ({ to: `${paths.queues}/${id}`, name })), ...used.channel_accounts.map(({ id, name }) => ({ to: `${paths.channels}/${id}`, name }))];
  return (
    <section>
      <h3>{t("hours.usedBy")}</h3>
      {links.length === 0 ? <p className="small t2">{t("hours.usedByNobody")}</p> : <div className="chiprow">{links.map((link) => <Link key={link.to} to={link.to} className="chip hr-use">{link.name}</Link>)}</div>}
    </section>
  );
}

function tidy(sent: Partial<BusinessHours>): Partial<BusinessHours> {
  return { ...sent, ...(sent.weekly && { weekly: tidySpans(sent.weekly) }), ...(sent.dates && { dates: sent.dates.map((date) => ({ ...date, name: date.name.trim(), open: tidySpans(date.open) })) }) };
}

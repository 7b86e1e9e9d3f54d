// What holds for the whole workspace: its name, language, and how long things may take.
import type { Activity, WorkspaceSettings } from "@seaway/api/types";
import { ComboBox } from "@seaway/kit/ComboBox";
import { Field } from "@seaway/kit/Field";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { TextArea } from "@seaway/kit/TextArea";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { LANGUAGES } from "../../i18n/setup.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { useForm } from "../../pages/shared/form.ts";
import { languageName } from "../../pages/shared/languages.ts";
import { Loaded } from "../../pages/shared/Loaded.tsx";
import { useAll, useForget, useOne } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { countryOptions } from "../../pages/shared/countries.ts";
import { zoneOptions } from "../../pages/shared/time-zones.ts";
import { SaveBar } from "../shared/SaveBar.tsx";
import { EventCallback } from "./EventCallback.tsx";
import { Readings } from "./Readings.tsx";
import "../shared/admin.css";

const TIMES = ["reservation_timeout_s", "wrap_up_s", "reoffer_after_s", "grace_s", "close_after_s"] as const;

export function Workspace() {
  const { t } = useTranslation("admin");
  const settings = useOne<WorkspaceSettings>("/settings");
  return (
    <Needs permission="workspace.manage" title={t("workspace.title")}>
      {settings.data ? <Form settings={settings.data} /> : <SettingsFrame title={t("workspace.title")}><Loaded query={settings}>{() => null}</Loaded></SettingsFrame>}
    </Needs>
  );
}

function Form({ settings }: { settings: WorkspaceSettings }) {
  const { t, i18n } = useTranslation("admin");
  const forget = useForget();
  const activities = useAll<Activity>("/activities");
  const form = useForm<WorkspaceSettings>({
    key: "/settings", base: settings,
    save: async (changed, base) => {
      const saved = await http.patch<WorkspaceSettings>(ws("/settings"), { ...changed, version: base.version });
      await forget("/settings");
      toast(t("saved"));
      return saved;
    },
    fresh: () => http.get<WorkspaceSettings>(ws("/settings")),
  });
  const { values } = form;
  const [lines, setLines] = useState(values.dispositions.join("\n"));
  const away = (activities.data ?? []).filter((activity) => !activity.available);
  return (
    <SettingsFrame title={t("workspace.title")} foot={<SaveBar form={{ ...form, discard: () => { form.discard(); setLines(settings.dispositions.join("\n")); } }} cannot={values.name.trim() ? null : t("nameMissing")} />}>
      <div className="form">
        <section>
          <Field label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} />
          <Select label={t("workspace.language")} help={t("workspace.languageHelp")} value={values.default_language} onChange={(id) => form.set("default_language", LANGUAGES.find((one) => one === id) ?? "en")} options={LANGUAGES.map((id) => ({ id, label: languageName(id) }))} />
          <ComboBox label={t("workspace.timeZone")} help={t("workspace.timeZoneHelp")} value={values.time_zone} onChange={(zone) => zone && form.set("time_zone", zone)} options={zoneOptions(values.time_zone, settings.time_zone)} noMatch={t("workspace.noZone")} error={form.errorOf("/time_zone")} />
          <ComboBox label={t("workspace.country")} help={t("workspace.countryHelp")} value={values.country} onChange={(code) => code !== null && form.set("country", code)} options={countryOptions(i18n.language, t("workspace.countryNone"))} noMatch={t("workspace.noCountry")} error={form.errorOf("/country")} />
        </section>
        <section>
          <h3>{t("workspace.times")}</h3>
          <p className="lead">{t("workspace.timesHelp")}</p>
          <div className="two">
            {TIMES.map((name) => <Field key={name} label={t(`workspace.${name}`)} help={t(`workspace.${name}_help`)} type="number" inputMode="numeric" value={String(values[name])} onChange={(typed) => form.set(name, Math.max(0, Number(typed) || 0))} error={form.errorOf(`/${name}`)} end={<span className="t3">{t("secondsShort")}</span>} />)}
            <Select label={t("workspace.timeoutActivity")} help={t("workspace.timeoutActivityHelp")} value={values.timeout_activity_id} onChange={(id) => form.set("timeout_activity_id", id)} options={away.map((activity) => ({ id: activity.id, label: sayActivity(t, activity.name) }))} error={form.errorOf("/timeout_activity_id")} />
            <Select label={t("workspace.queueOrder")} help={t("workspace.queueOrderHelp")} value={values.prioritize_queue_order} onChange={(order) => form.set("prioritize_queue_order", order === "LIFO" ? "LIFO" : "FIFO")} options={(["FIFO", "LIFO"] as const).map((id) => ({ id, label: t(`workspace.queueOrder_${id}`) }))} />
          </div>
        </section>
        <EventCallback values={values} onUrl={(url) => form.set("event_callback_url", url)} onFilter={(types) => form.set("events_filter", types)} errorOf={form.errorOf} refusal={form.refusal} />
        <Readings chosen={values.readings} onChange={(readings) => form.set("readings", readings)} fault={form.errorOf("/readings") ? form.refusal : null} />
        <section>
          <h3>{t("workspace.serviceLevel")}</h3>
          <p className="lead">{t("workspace.serviceLevelHelp")}</p>
          <div className="two">
            <Field label={t("workspace.service_level_percent")} type="number" inputMode="numeric" value={String(values.service_level_percent)} onChange={(typed) => form.set("service_level_percent", Math.max(0, Number(typed) || 0))} error={form.errorOf("/service_level_percent")} end={<span className="t3">%</span>} />
            <Field label={t("workspace.service_level_s")} type="number" inputMode="numeric" value={String(values.service_level_s)} onChange={(typed) => form.set("service_level_s", Math.max(0, Number(typed) || 0))} error={form.errorOf("/service_level_s")} end={<span className="t3">{t("secondsShort")}</span>} />
          </div>
        </section>
        <section>
          <h3>{t("workspace.safety")}</h3>
          <div className="f"><Switch isSelected={values.mask_secrets} onChange={(on) => form.set("mask_secrets", on)} help={t("workspace.maskHelp")}>{t("workspace.mask")}</Switch></div>
        </section>
        <section>
          <h3>{t("workspace.ends")}</h3>
          <TextArea label={t("workspace.dispositions")} aside={t("onePerLine")} help={t("workspace.dispositionsHelp")} rows={6} value={lines} onChange={(typed) => { setLines(typed); form.set("dispositions", typed.split("\n").map((line) => line.trim()).filter(Boolean)); }} error={form.errorOf("/dispositions")} />
        </section>
      </div>
    </SettingsFrame>
  );
}

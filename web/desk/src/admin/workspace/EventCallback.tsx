// Who is told what happens in routing, outside of this server.
import type { WorkspaceSettings } from "@seaway/api/types";
import { Checkbox } from "@seaway/kit/Checkbox";
import { Field } from "@seaway/kit/Field";
import { useTranslation } from "react-i18next";
import { More } from "../routing/More.tsx";
import { EVENT_TYPES, groupOf, toggled } from "./event-types.ts";
import "../routing/routing.css";
import "./event-callback.css";

type Values = Pick<WorkspaceSettings, "event_callback_url" | "events_filter">;
interface EventCallbackProps { values: Values; onUrl: (url: string) => void; onFilter: (types: string[]) => void; errorOf: (pointer: string) => string | null; refusal: object | null }

export function EventCallback({ values, onUrl, onFilter, errorOf, refusal }: EventCallbackProps) {
  const { t } = useTranslation("admin");
  const chosen = new Set(values.events_filter);
  const toggle = (type: string, on: boolean) => onFilter(toggled(values.events_filter, type, on));
  const groups = [...new Set(EVENT_TYPES.map(groupOf))];
  const wrong = errorOf("/events_filter");
  return (
    <section>
      <h3>{t("workspace.programs")}</h3>
      <p className="lead">{t("workspace.programsHelp")}</p>
      <Field type="url" inputMode="url" label={t("workspace.eventCallback")} placeholder="https://" value={values.event_callback_url} onChange={(url) => onUrl(url.trim())} error={errorOf("/event_callback_url")} />
      <More label={t("workspace.eventsFilter")} isSet={chosen.size > 0} fault={wrong ? refusal : null}>
        <p className="hint wf-lead" role="status">{chosen.size > 0 ? t("workspace.eventsSome", { count: chosen.size }) : t("workspace.eventsAll")}</p>
        <div className="event-types">
          {groups.map((group) => (
            <div key={group} role="group" aria-label={t(`workspace.eventsOf.${group}`)}>
              <span className="label">{t(`workspace.eventsOf.${group}`)}</span>
              {EVENT_TYPES.filter((type) => groupOf(type) === group).map((type) => <Checkbox key={type} isSelected={chosen.has(type)} onChange={(on) => toggle(type, on)}><code>{type}</code></Checkbox>)}
            </div>
          ))}
        </div>
        {wrong && <p className="fix">{wrong}</p>}
      </More>
    </section>
  );
}

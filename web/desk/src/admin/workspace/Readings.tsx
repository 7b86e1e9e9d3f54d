// TaskRouter's rules where its reference is silent: which of them this workspace reads otherwise than the house.
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";
import { More } from "../routing/More.tsx";
import { READINGS } from "./readings.ts";
import "../routing/routing.css";
import "./readings.css";

export function Readings({ chosen, onChange, fault }: { chosen: string[]; onChange: (chosen: string[]) => void; fault: object | null }) {
  const { t } = useTranslation("admin");
  // They stand in the server's order, whichever was switched first.
  const toggle = (rule: string, on: boolean) => onChange(READINGS.flatMap(([, rules]) => rules.filter((one) => (one === rule ? on : chosen.includes(one)))));
  return (
    <section>
      <h3>{t("workspace.readings.title")}</h3>
      <p className="lead">{t("workspace.readings.lead")}</p>
      <More label={t("workspace.readings.fold")} isSet={chosen.length > 0} fault={fault}>
        <p className="hint wf-lead" role="status">{chosen.length > 0 ? t("workspace.readings.some", { count: chosen.length }) : t("workspace.readings.none")}</p>
        <div className="readings">
          {READINGS.map(([group, rules]) => (
            <div key={group} role="group" aria-label={t(`workspace.readings.groups.${group}`)}>
              <span className="label">{t(`workspace.readings.groups.${group}`)}</span>
              {rules.map((rule) => <Switch key={rule} isSelected={chosen.includes(rule)} onChange={(on) => toggle(rule, on)} help={t(`workspace.readings.rules.${rule}.help`)}>{t(`workspace.readings.rules.${rule}.label`)}</Switch>)}
            </div>
          ))}
        </div>
      </More>
    </section>
  );
}

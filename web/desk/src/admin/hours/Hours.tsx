// When the business is there: the week, special dates and closures that queues and channels point at.
import type { BusinessHours } from "@seaway/api/types";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import type { TFunction } from "i18next";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll, useForget } from "../../pages/shared/resource.ts";
import { useNow } from "../../time/use-now.ts";
import { RoutingTabs } from "../routing/RoutingTabs.tsx";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { HoursForm } from "./HoursForm.tsx";
import { sayState } from "./hours-words.ts";
import "./hours.css";

const to = (id: string) => (id ? `${paths.hours}/${id}` : paths.hours);
/** Milliseconds: how often what is said is looked at again, and how long a browser's timer may sleep. */
const TICK_MS = 30_000;
const SLEEP_MAX_MS = 3_600_000;
/** The server's clock may be a little behind. */
const LATER_MS = 1_000;

export function Hours() {
  const { t } = useTranslation("admin");
  return <Needs permission="routing.manage" title={t("hours.title")}><HoursSheet /></Needs>;
}

function HoursSheet() {
  const { t, i18n } = useTranslation("admin");
  const { id } = useParams();
  const hours = useAll<BusinessHours>("/business-hours");
  const now = useNow(TICK_MS);
  useReadAtChange(hours.data);
  return (
    <Workbench title={t("hours.short")} to={to} query={hours} chosen={id} addLabel={t("new")} above={<RoutingTabs />}
      row={(one) => ({ id: one.id, name: one.name, sub: <><span className="cut hr-sub">{sayState(t, one, now, i18n.language)}</span><span className="cut hr-sub" title={`${sayZone(one.time_zone)} · ${sayUse(t, one)}`}>{sayZone(one.time_zone)} · {sayUse(t, one)}</span></> })}
      empty={<EmptyState kind="nothing" title={t("hours.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("hours.addFirst")}</ButtonLink>}>{t("hours.noneText")}</EmptyState>}>
      {(one) => <HoursForm key={one?.id ?? NEW} hours={one} to={to} />}
    </Workbench>
  );
}

function sayZone(zone: string): string {
  return zone.replaceAll("_", " ");
}

function sayUse(t: TFunction, { used_by }: BusinessHours): string {
  const { task_queues, channel_accounts } = used_by;
  const said = [task_queues.length > 0 && t("hours.queues", { count: task_queues.length }), channel_accounts.length > 0 && t("hours.channels", { count: channel_accounts.length })].filter(Boolean);
  return said.length > 0 ? said.join(", ") : t("hours.unused");
}

/** Whether it is open says the server; it is asked again when the next of them changes. */
function useReadAtChange(hours: readonly BusinessHours[] | undefined): void {
  const forget = useForget();
  const now = useNow(SLEEP_MAX_MS);
  const next = Math.min(...(hours ?? []).flatMap((one) => (one.now.until === null ? [] : [Date.parse(one.now.until)])));
  useEffect(() => {
    if (!Number.isFinite(next)) return undefined;
    // One that is over already is asked about once: the answer may be older than the change.
    const timer = setTimeout(() => void forget("/business-hours"), Math.min(SLEEP_MAX_MS, Math.max(0, next - now) + LATER_MS));
    return () => clearTimeout(timer);
  }, [next, now, forget]);
}

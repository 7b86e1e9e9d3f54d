// Which business hours hold for a queue or a channel account. Whoever may not read them is not asked.
import type { BusinessHours } from "@seaway/api/types";
import { Select, type Option } from "@seaway/kit/Select";
import { useTranslation } from "react-i18next";
import { useAll } from "../../pages/shared/resource.ts";
import { useNow } from "../../time/use-now.ts";
import { sayState } from "./hours-words.ts";

/** react-aria's key of the empty choice. */
const ALWAYS = "always";
const TICK_MS = 60_000;
const FORBIDDEN = 403;

interface HoursSelectProps { value: string | null; onChange: (id: string | null) => void; help: string; error: string | null }

export function HoursSelect({ value, onChange, help, error }: HoursSelectProps) {
  const { t, i18n } = useTranslation("admin");
  const hours = useAll<BusinessHours>("/business-hours");
  const now = useNow(TICK_MS);
  if (hours.error?.problem.status === FORBIDDEN) return null;
  const known = hours.data ?? [];
  const isUnknown = hours.data !== undefined && value !== null && !known.some(({ id }) => id === value);
  const options: Option[] = [
    { id: ALWAYS, label: t("hours.select.always") },
    ...known.map((one) => ({ id: one.id, label: one.name, description: sayState(t, one, now, i18n.language) })),
    ...(isUnknown ? [{ id: value, label: t("hours.select.unknown") }] : []),
  ];
  // A queue of a server that says nothing of hours is always open.
  const chosen = value ?? ALWAYS;
  return (
    <Select label={t("hours.short")} help={help} error={error} options={options} value={options.some(({ id }) => id === chosen) ? chosen : null} onChange={(id) => onChange(id === ALWAYS ? null : id)}
      isDisabled={hours.data === undefined} placeholder={hours.error ? t("hours.select.failed") : t("loading")} />
  );
}

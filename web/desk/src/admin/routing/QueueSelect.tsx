// One of the workspace's queues by name. A queue that is named but not there is shown as such.
import { Select, type Option } from "@seaway/kit/Select";
import { useTranslation } from "react-i18next";
import { useRules } from "./rules-context.ts";

interface QueueSelectProps { label: string; value: string; onChange: (queue: string) => void; error: string | null; /** What no queue means here, where that is allowed. */ none?: string }

/** react-aria's key of the empty choice. */
const NONE = "none";

export function QueueSelect({ label, value, onChange, error, none }: QueueSelectProps) {
  const { t } = useTranslation("admin");
  const { queues, failed } = useRules();
  const isUnknown = queues !== null && value !== "" && !queues.some((queue) => queue.id === value);
  const options: Option[] = [
    ...(none ? [{ id: NONE, label: none }] : []),
    ...(queues ?? []).map(({ id, name }) => ({ id, label: name })),
    ...(isUnknown ? [{ id: value, label: t("workflows.form.unknownQueue", { id: value }) }] : []),
  ];
  const chosen = value === "" && none ? NONE : value;
  return (
    <Select label={label} options={options} value={options.some(({ id }) => id === chosen) ? chosen : null} onChange={(id) => onChange(id === NONE ? "" : id)} isDisabled={queues === null}
      placeholder={queues ? t("workflows.form.chooseQueue") : failed ? value : t("loading")} error={error ?? (isUnknown ? t("workflows.form.unknownQueueHelp") : null)} />
  );
}

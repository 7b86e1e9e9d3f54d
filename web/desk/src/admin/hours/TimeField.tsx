// A time of the day, typed as one likes and tidied when one goes on: a browser's own time field knows no 24:00.
import { Field } from "@seaway/kit/Field";
import { readTime } from "./spans.ts";

interface TimeFieldProps { label: string; value: string; onChange: (text: string) => void; wrong?: boolean; describedBy?: string; showLabel?: boolean; error?: string | null }

export function TimeField({ label, value, onChange, wrong, describedBy, showLabel, error }: TimeFieldProps) {
  return (
    <Field className="hr-time" label={label} hideLabel={!showLabel} value={value} onChange={onChange} onBlur={() => { const read = readTime(value); if (read && read !== value) onChange(read); }}
      inputMode="numeric" autoComplete="off" maxLength={8} placeholder="00:00" error={error ?? null} isWrong={wrong || Boolean(error)} {...(describedBy ? { "aria-describedby": describedBy } : {})} />
  );
}

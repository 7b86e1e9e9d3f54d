// A few ways to see the same thing; one is chosen.
import { ToggleButton, ToggleButtonGroup } from "react-aria-components";

export function Segments<T extends string>({ label, options, value, onChange }: { label: string; options: readonly { id: T; label: string }[]; value: T; onChange: (id: T) => void }) {
  return (
    <ToggleButtonGroup className="seg" aria-label={label} selectionMode="single" disallowEmptySelection selectedKeys={[value]}
      onSelectionChange={(keys) => { const chosen = options.find((option) => keys.has(option.id)); if (chosen) onChange(chosen.id); }}>
      {options.map((option) => <ToggleButton key={option.id} id={option.id}>{option.label}</ToggleButton>)}
    </ToggleButtonGroup>
  );
}

// What one can do with a thing. The trigger is a Button or IconButton.
import { Menu as List, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";
import { KeyCap } from "./KeyCap.tsx";

export interface MenuEntry {
  id: string;
  label: string;
  icon?: IconName;
  keys?: readonly string[];
  /** For what cannot be undone. */
  danger?: boolean;
  isDisabled?: boolean;
  isSelected?: boolean;
  /** A line above this entry. */
  line?: boolean;
  start?: ReactNode;
  onAction: () => void;
}

export function Menu({ label, trigger, entries, placement = "bottom end" }: { label: string; trigger: ReactNode; entries: readonly MenuEntry[]; placement?: "bottom end" | "bottom start" | "top start" | "top end" }) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="popover menu" offset={4} placement={placement}>
        <List aria-label={label} style={{ outline: "none" }}>
          {entries.flatMap((entry) => [
            ...(entry.line ? [<Separator key={`${entry.id}-line`} className="mline" />] : []),
            <MenuItem key={entry.id} id={entry.id} textValue={entry.label} isDisabled={entry.isDisabled} onAction={entry.onAction} className={`mi ${entry.danger ? "bad" : ""}`}>
              {entry.start}
              {entry.icon && <Icon name={entry.icon} />}
              <span className="grow">{entry.label}</span>
              {entry.isSelected && <Icon name="check" size={14} className="tick" />}
              {entry.keys && <KeyCap keys={entry.keys} />}
            </MenuItem>,
          ])}
        </List>
      </Popover>
    </MenuTrigger>
  );
}

// A sign one can press. Its label is spoken, and shown as a tooltip on hover and focus.
import { Button as Pressable, type ButtonProps as PressableProps } from "react-aria-components";
import { Icon, type IconName } from "./Icon.tsx";
import { Tooltip } from "./Tooltip.tsx";

export type IconButtonProps = Omit<PressableProps, "children" | "className" | "aria-label"> & { icon: IconName; label: string; size?: "s"; keys?: readonly string[]; className?: string };

export function IconButton({ icon, label, size, keys, className = "", ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} keys={keys}>
      <Pressable {...rest} aria-label={label} className={`ib ${size ?? ""} ${className}`.trim()}>
        <Icon name={icon} />
      </Pressable>
    </Tooltip>
  );
}

// Yes or no, where a form is saved later.
import { Checkbox as Box, type CheckboxProps as BoxProps } from "react-aria-components";
import type { ReactNode } from "react";
import { Icon } from "./Icon.tsx";

export function Checkbox({ children, help, ...rest }: Omit<BoxProps, "children" | "className"> & { children: ReactNode; help?: ReactNode }) {
  return (
    <Box {...rest} className="check">
      <span className="box"><Icon name="check" /></span>
      <span>{children}{help && <span className="hint">{help}</span>}</span>
    </Box>
  );
}

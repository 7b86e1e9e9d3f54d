// On or off, working at once.
import { Switch as Knob, type SwitchProps as KnobProps } from "react-aria-components";
import type { ReactNode } from "react";

export function Switch({ children, help, ...rest }: Omit<KnobProps, "children" | "className"> & { children: ReactNode; help?: ReactNode }) {
  return (
    <Knob {...rest} className="switch">
      <span className="knob" />
      <span className="txt"><span>{children}</span>{help && <span className="hint">{help}</span>}</span>
    </Knob>
  );
}

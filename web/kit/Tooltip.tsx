// The name of a control that shows only a sign, with its key. Never the only place where something is said.
import { Tooltip as Bubble, TooltipTrigger } from "react-aria-components";
import type { ReactNode } from "react";
import { KeyCap } from "./KeyCap.tsx";

/** `children`: one focusable control, e.g. an IconButton. */
export function Tooltip({ text, keys, children }: { text: string; keys?: readonly string[]; children: ReactNode }) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {children}
      <Bubble className="tip" offset={6}>
        {text}
        {keys && <KeyCap keys={keys} />}
      </Bubble>
    </TooltipTrigger>
  );
}

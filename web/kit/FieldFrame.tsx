// What every field has around its control: label above, help or the one mend below. Used inside a react-aria field.
import { FieldError, Label, Text } from "react-aria-components";
import type { ReactNode } from "react";
import { Icon } from "./Icon.tsx";

export interface FieldWords {
  label: string;
  help?: ReactNode;
  /** The one mend; its presence makes the field invalid. */
  error?: string | null;
  /** Small thing at the right of the label: a link "Where is it?" or a badge. */
  aside?: ReactNode;
  hideLabel?: boolean;
}

export function FieldLabel({ label, aside, hideLabel }: FieldWords) {
  if (hideLabel) return <Label className="sr">{label}</Label>;
  return (
    <div className="labelrow">
      <Label className="label">{label}</Label>
      {aside && <span className="meta">{aside}</span>}
    </div>
  );
}

export function FieldHelp({ help, error }: Pick<FieldWords, "help" | "error">) {
  if (error) return <FieldError className="fix"><Icon name="circle-alert" /><span>{error}</span></FieldError>;
  return help ? <Text slot="description" className="hint">{help}</Text> : null;
}

// Several lines of text.
import { TextArea as Lines, TextField, type TextFieldProps } from "react-aria-components";
import type { Ref } from "react";
import { FieldHelp, FieldLabel, type FieldWords } from "./FieldFrame.tsx";

export type TextAreaProps = Omit<TextFieldProps, "children" | "className" | "isInvalid"> & FieldWords & { placeholder?: string; rows?: number; mono?: boolean; lang?: string; areaRef?: Ref<HTMLTextAreaElement>; className?: string };

export function TextArea({ label, help, error, aside, hideLabel, placeholder, rows = 3, mono, lang, areaRef, className = "", ...rest }: TextAreaProps) {
  return (
    <TextField {...rest} isInvalid={Boolean(error)} validationBehavior="aria" className={`f ${className}`.trim()}>
      <FieldLabel label={label} aside={aside} hideLabel={hideLabel} />
      <Lines ref={areaRef} placeholder={placeholder} rows={rows} lang={lang} spellCheck={!mono} className={`field ${error ? "bad" : ""} ${mono ? "mono" : ""}`.trim()} />
      <FieldHelp help={help} error={error} />
    </TextField>
  );
}

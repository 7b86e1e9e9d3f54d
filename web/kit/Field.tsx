// One line of text. `kind` "secret" can be shown with the eye; its value is never read back from the server.
import { Input, TextField, type TextFieldProps } from "react-aria-components";
import { useState, type ReactNode, type Ref } from "react";
import { FieldHelp, FieldLabel, type FieldWords } from "./FieldFrame.tsx";
import { IconButton } from "./IconButton.tsx";

export type FieldProps = Omit<TextFieldProps, "children" | "className" | "isInvalid"> &
  FieldWords & {
    placeholder?: string;
    mono?: boolean;
    start?: ReactNode;
    end?: ReactNode;
    inputRef?: Ref<HTMLInputElement>;
    /** Words for the eye of a password field: ["Show", "Hide"]. Without them there is no eye. */
    reveal?: readonly [string, string];
    /** Marked as wrong where the words stand elsewhere; `aria-describedby` names them. */
    isWrong?: boolean;
    className?: string;
  };

export function Field({ label, help, error, aside, hideLabel, placeholder, mono, start, end, inputRef, reveal, isWrong = Boolean(error), className = "", type, ...rest }: FieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <TextField {...rest} type={shown ? "text" : type} isInvalid={isWrong} validationBehavior="aria" className={`f ${className}`.trim()}>
      <FieldLabel label={label} aside={aside} hideLabel={hideLabel} />
      <div className={`field ${isWrong ? "bad" : ""} ${mono ? "mono" : ""}`.trim()} style={reveal ? { paddingRight: 2 } : undefined}>
        {start}
        <Input ref={inputRef} placeholder={placeholder} />
        {end}
        {reveal && <IconButton size="s" icon={shown ? "eye-off" : "eye"} label={reveal[shown ? 1 : 0]} onPress={() => setShown(!shown)} />}
      </div>
      <FieldHelp help={help} error={error} />
    </TextField>
  );
}

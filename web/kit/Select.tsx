// One of a few known things.
import { Button, ListBox, ListBoxItem, Popover, Select as Choice, SelectValue } from "react-aria-components";
import { FieldHelp, FieldLabel, type FieldWords } from "./FieldFrame.tsx";
import { Icon } from "./Icon.tsx";

export interface Option {
  id: string;
  label: string;
  description?: string;
  isDisabled?: boolean;
}
export interface SelectProps extends FieldWords {
  options: readonly Option[];
  value: string | null;
  onChange: (id: string) => void;
  placeholder?: string;
  isDisabled?: boolean;
  /** "pick" is the quiet one for heads and rows. */
  look?: "field" | "pick";
  className?: string;
}

export function Select({ options, value, onChange, placeholder, isDisabled, look = "field", className = "", ...words }: SelectProps) {
  const quiet = look === "pick";
  return (
    <Choice className={quiet ? className : `f ${className}`.trim()} value={value} onChange={(key) => key !== null && onChange(String(key))} placeholder={placeholder} isDisabled={isDisabled} isInvalid={Boolean(words.error)} validationBehavior="aria">
      <FieldLabel {...words} hideLabel={words.hideLabel ?? quiet} />
      <Button className={quiet ? "pick" : `field ${words.error ? "bad" : ""}`.trim()}>
        <SelectValue className="grow cut">{({ selectedText, isPlaceholder }) => <span className={isPlaceholder ? "t3" : ""}>{isPlaceholder ? placeholder : selectedText}</span>}</SelectValue>
        <Icon name="down" className="t3" />
      </Button>
      <FieldHelp {...words} />
      <Popover className="popover menu" offset={4}>
        <ListBox items={options.map((option) => ({ ...option }))} style={{ outline: "none" }}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="mi" isDisabled={option.isDisabled}>
              {({ isSelected }) => (
                <>
                  <span className="grow"><span>{option.label}</span>{option.description && <span className="desc">{option.description}</span>}</span>
                  {isSelected && <Icon name="check" className="tick" size={14} />}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Choice>
  );
}

// One of many things, found by typing.
import { Button, ComboBox as Choice, Group, Input, ListBox, ListBoxItem, Popover } from "react-aria-components";
import { FieldHelp, FieldLabel, type FieldWords } from "./FieldFrame.tsx";
import { Icon } from "./Icon.tsx";
import type { Option } from "./Select.tsx";

export interface ComboBoxProps extends FieldWords {
  options: readonly Option[];
  value: string | null;
  onChange: (id: string | null) => void;
  placeholder?: string;
  /** What the list says when nothing matches. */
  noMatch: string;
  /** Whoever owns the options finds them anew for what is typed; without it they are filtered here. */
  onType?: (typed: string) => void;
  isDisabled?: boolean;
  autoFocus?: boolean;
}

export function ComboBox({ options, value, onChange, placeholder, noMatch, onType, isDisabled, autoFocus, ...words }: ComboBoxProps) {
  const shown = options.map((option) => ({ ...option }));
  return (
    <Choice className="f" {...(onType ? { items: shown, onInputChange: onType } : { defaultItems: shown })} value={value} onChange={(key) => onChange(key === null ? null : String(key))} menuTrigger="focus" allowsEmptyCollection
      isDisabled={isDisabled} isInvalid={Boolean(words.error)} validationBehavior="aria" autoFocus={autoFocus}>
      <FieldLabel {...words} />
      <Group className={`field ${words.error ? "bad" : ""}`.trim()}>
        <Input placeholder={placeholder} />
        <Button><Icon name="down" className="t3" /></Button>
      </Group>
      <FieldHelp {...words} />
      <Popover className="popover menu" offset={4}>
        <ListBox<Option> renderEmptyState={() => <div className="mi t3">{noMatch}</div>} style={{ outline: "none" }}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className="mi" isDisabled={option.isDisabled}>
              <span className="grow"><span>{option.label}</span>{option.description && <span className="desc">{option.description}</span>}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Choice>
  );
}

// The place and the person that go with the reply, above its tools.
import { Icon, type IconName } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { useTranslation } from "react-i18next";
import type { PersonDraft, PlaceDraft } from "./shared.ts";

export interface SharedChipsProps { place: PlaceDraft | null; person: PersonDraft | null; onEdit: (what: "place" | "person") => void; onRemove: (what: "place" | "person") => void }

export function SharedChips({ place, person, onEdit, onRemove }: SharedChipsProps) {
  const { t } = useTranslation();
  const chips: { what: "place" | "person"; icon: IconName; words: string }[] = [
    ...(place ? [{ what: "place" as const, icon: "globe" as const, words: place.name.trim() || place.address.trim() || `${place.latitude}, ${place.longitude}` }] : []),
    ...(person ? [{ what: "person" as const, icon: "user" as const, words: person.name.trim() }] : []),
  ];
  if (chips.length === 0) return null;
  return (
    <ul className="fchips" aria-label={t("shared.ours")}>
      {chips.map(({ what, icon, words }) => (
        <li key={what} className="fchip">
          <Icon name={icon} />
          <button type="button" className="cut chip-words" title={words} onClick={() => onEdit(what)}><b>{t(`shared.${what}`)}</b><span dir="auto"> {words}</span></button>
          <IconButton size="s" icon="x" label={t("shared.remove", { words })} onPress={() => onRemove(what)} />
        </li>
      ))}
    </ul>
  );
}

// The cards that go with the reply, above its tools.
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { wrongInCards, type CardDraft } from "./cards.ts";

export function CardChip({ cards, onEdit, onRemove }: { cards: CardDraft[]; onEdit: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  if (cards.length === 0) return null;
  const unfinished = wrongInCards(cards).length > 0;
  const titles = cards.map((card) => card.title.trim()).filter(Boolean).join(", ");
  return (
    <ul className="fchips" aria-label={t("card.ours")}>
      <li className="fchip">
        <Icon name="cards" />
        <button type="button" className="cut chip-words" title={titles} onClick={onEdit}><b>{t("card.count", { count: cards.length })}</b>{titles && <span dir="auto"> {titles}</span>}</button>
        {unfinished && <span className="sla warn"><Icon name="circle-alert" />{t("card.unfinished")}</span>}
        <IconButton size="s" icon="edit" label={t("card.edit")} onPress={onEdit} />
        <IconButton size="s" icon="x" label={t("card.removeAll")} onPress={onRemove} />
      </li>
    </ul>
  );
}

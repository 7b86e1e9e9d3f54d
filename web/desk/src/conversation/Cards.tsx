// Cards of ours as the customer got them, or as they were written out where the channel has none. Nothing here can be tapped but links.
import type { Card, CardButton } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ws } from "../api/http.ts";
import { changeUi } from "../shell/ui.ts";

export function Cards({ cards, messageId }: { cards: readonly Card[]; messageId: string }) {
  return <Row cards={cards} picture={(card) => <Picture card={card} messageId={messageId} />} tap={(button) => <Tap button={button} />} />;
}

/** Cards that nobody has got yet: nothing of them leads anywhere. */
export function StillCards({ cards }: { cards: readonly Card[] }) {
  const picture = (card: Card) => card.image?.attachment?.url ? <img src={card.image.attachment.thumbnail_url ?? card.image.attachment.url} alt="" /> : null;
  return <Row cards={cards} picture={picture} tap={(button) => <span className="tap">{button.label}{button.url !== null && <Icon name="external" />}</span>} />;
}

function Row({ cards, picture, tap }: { cards: readonly Card[]; picture: (card: Card) => ReactNode; tap: (button: CardButton) => ReactNode }) {
  const { t } = useTranslation();
  return (
    // What scrolls must be reachable by key.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ul className="cards" aria-label={t("log.cards")} tabIndex={cards.length > 1 ? 0 : undefined}>
      {cards.map((card, at) => (
        <li key={at} className="card">
          {picture(card)}
          {(card.title || card.text) && <div className="words" dir="auto">{card.title && <b>{card.title}</b>}{card.text && <p>{card.text}</p>}</div>}
          {card.buttons.map((button, no) => <Fragment key={no}>{tap(button)}</Fragment>)}
        </li>
      ))}
    </ul>
  );
}

/** Somebody else's picture is fetched by our server, so that nobody learns who looks at it. */
function Picture({ card, messageId }: { card: Card; messageId: string }) {
  const { t } = useTranslation();
  const file = card.image?.attachment;
  if (file?.url) {
    return <button type="button" className="pic" aria-label={t("log.openPicture", { name: file.name })} onClick={() => changeUi({ lightbox: file })}><img src={file.thumbnail_url ?? file.url} alt="" loading="lazy" /></button>;
  }
  const url = card.image?.url;
  return url ? <img src={`${ws(`/messages/${messageId}/picture`)}?url=${encodeURIComponent(url)}`} alt="" loading="lazy" /> : null;
}

function Tap({ button }: { button: CardButton }) {
  const { t } = useTranslation();
  if (button.url) return <a className="tap" href={button.url} target="_blank" rel="noopener noreferrer" title={button.url}>{button.label}<Icon name="external" /></a>;
  const means = button.reply && button.reply !== button.label ? t("log.cardMeans", { reply: button.reply }) : undefined;
  return <span className="tap" title={means}>{button.label}</span>;
}

// Cards of ours as the customer got them, or as they were written out where the channel has none. Nothing here can be tapped but links.
import type { Card, CardButton, Message } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { ws } from "../api/http.ts";
import { changeUi } from "../shell/ui.ts";

export function Cards({ message }: { message: Message }) {
  const { t } = useTranslation();
  return (
    // What scrolls must be reachable by key.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ul className="cards" aria-label={t("log.cards")} tabIndex={message.cards.length > 1 ? 0 : undefined}>
      {message.cards.map((card, at) => <One key={at} card={card} message={message} />)}
    </ul>
  );
}

function One({ card, message }: { card: Card; message: Message }) {
  return (
    <li className="card">
      <Picture card={card} message={message} />
      <div className="words" dir="auto"><b>{card.title}</b>{card.text && <p>{card.text}</p>}</div>
      {card.buttons.map((button) => <Tap key={button.label} button={button} />)}
    </li>
  );
}

/** Somebody else's picture is fetched by our server, so that nobody learns who looks at it. */
function Picture({ card, message }: { card: Card; message: Message }) {
  const { t } = useTranslation();
  const file = card.image?.attachment;
  if (file?.url) {
    return <button type="button" className="pic" aria-label={t("log.openPicture", { name: file.name })} onClick={() => changeUi({ lightbox: file })}><img src={file.thumbnail_url ?? file.url} alt="" loading="lazy" /></button>;
  }
  const url = card.image?.url;
  return url ? <img src={`${ws(`/messages/${message.id}/picture`)}?url=${encodeURIComponent(url)}`} alt="" loading="lazy" /> : null;
}

function Tap({ button }: { button: CardButton }) {
  const { t } = useTranslation();
  if (button.url) return <a className="tap" href={button.url} target="_blank" rel="noopener noreferrer" title={button.url}>{button.label}<Icon name="external" /></a>;
  const means = button.reply && button.reply !== button.label ? t("log.cardMeans", { reply: button.reply }) : undefined;
  return <span className="tap" title={means}>{button.label}</span>;
}

// The message as the customer will get it, card beside card or written out, and what it costs of the channel's room.
import type { Conversation, PreviewPart } from "@seaway/api/types";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { sayChannel } from "../../conversation/channel-name.ts";
import { StillCards } from "../../conversation/Cards.tsx";
import { segmentsOf } from "../limit.ts";
import type { Previewed } from "./use-preview.ts";

export function CardPreview({ conversation, previewed }: { conversation: Conversation; previewed: Previewed }) {
  const { t } = useTranslation();
  const { preview, failed, busy } = previewed;
  const room = conversation.composer.cards;
  const how = room === null ? "card.writtenOut" : room.most > 1 ? "card.sideBySide" : "card.oneEach";
  const parts = preview?.parts ?? [];
  return (
    <section className="card-preview" aria-label={t("card.preview")} aria-busy={busy}>
      <h3><ChannelMark kind={conversation.channel.kind} name="" />{sayChannel(conversation.channel)}</h3>
      <p className="meta">{t(how)}</p>
      {/* What scrolls must be reachable by key. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="shown" tabIndex={0} role="group" aria-label={t("card.preview")}>
        {parts.map((part, at) => <One key={at} part={part} />)}
        {parts.length === 0 && !failed && <p className="meta">{t("card.nothingYet")}</p>}
        {failed && <p className="meta">{t("card.noPreview")}</p>}
      </div>
      <p className="meta num" role="status">{parts.length > 0 && <Room parts={parts} unit={conversation.composer.text_unit} />}</p>
    </section>
  );
}

function One({ part }: { part: PreviewPart }) {
  return (
    <div className="msg out">
      {part.text && <div className="bub" dir="auto">{part.text}</div>}
      {part.attachments.map((file) => (file.thumbnail_url ?? file.url) && file.type.startsWith("image/")
        ? <span key={file.id} className="pic"><img src={file.thumbnail_url ?? file.url ?? ""} alt={file.name} /></span>
        : <span key={file.id} className="file"><Icon name="clip" /><span className="cut">{file.name}</span></span>)}
      {part.cards.length > 0 && <StillCards cards={part.cards} />}
    </div>
  );
}

function Room({ parts, unit }: { parts: readonly PreviewPart[]; unit: string }) {
  const { t } = useTranslation();
  const messages = t("composer.messages", { count: parts.length });
  if (unit !== "gsm_segments") return messages;
  const texts = parts.map((part) => part.text);
  return t("card.asSms", { count: texts.reduce((sum, text) => sum + segmentsOf(text).segments, 0), used: texts.reduce((sum, text) => sum + [...text].length, 0) });
}

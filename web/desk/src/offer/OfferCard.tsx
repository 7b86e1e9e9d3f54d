// One offer: who, seconds left, what they say, why you, and two answers with their keys.
import type { Reservation } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Icon } from "@seaway/kit/Icon";
import { TimeBar } from "@seaway/kit/TimeBar";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";
import { sayChannel } from "../conversation/channel-name.ts";
import { sayWhat } from "../conversation/said-words.ts";
import { sayLeft } from "../time/format.ts";
import { useNow, useServerClock } from "../time/use-now.ts";
import { whyInFull, whyLine } from "./why.ts";

export function OfferCard({ reservation, slot, first, onAccept, onReject }: { reservation: Reservation; slot: number; first: boolean; onAccept: () => void; onReject: () => void }) {
  const { t, i18n } = useTranslation();
  const [answered, setAnswered] = useState(false);
  const now = useNow(500);
  const clock = useServerClock();
  const name = sayName(t, reservation.contact?.name || reservation.channel.address);
  const until = reservation.deadline_at ? Date.parse(reservation.deadline_at) : null;
  const from = Date.parse(reservation.created_at);
  const soon = until !== null && until - now < (until - from) / 3;
  const why = whyLine(t, reservation.why, i18n.language, reservation.task.attributes);
  const hasKey = slot <= 3;
  function answer(run: () => void): void {
    // A second press must not reach another card; the server's word removes this one.
    setAnswered(true);
    setTimeout(() => setAnswered(false), 3_000);
    run();
  }
  return (
    <article className={`offer ${soon ? "soon" : ""}`} aria-label={t("offer.label", { name, channel: sayChannel(reservation.channel) })}>
      <div className="top">
        <Avatar name={name} mark={<ChannelMark kind={reservation.channel.kind} />} />
        <span className="who cut" title={name}>{name}{reservation.contact?.vip && <span className="badge acc vip">VIP</span>}</span>
        {until !== null && <span className="left num" role="timer" aria-label={t("offer.left", { seconds: Math.max(0, Math.ceil((until - now) / 1000)) })}>{sayLeft(until - now)}</span>}
        <span className="say cut" title={reservation.preview} dir="auto">{sayWhat(t, reservation.preview, reservation.what, t("offer.nothingSaid"))}</span>
        {why && <span className="why" title={whyInFull(t, reservation.why)}><Icon name="route" /><span>{why}</span></span>}
      </div>
      <div className="do">
        <Button size="s" variant={first ? "primary" : "soft"} keys={hasKey ? ["Alt", String(slot)] : undefined} isDisabled={answered} onPress={() => answer(onAccept)}>
          <span>{t(reservation.channel.kind === "voice" ? "offer.answer" : "offer.accept")}</span>
        </Button>
        <Button size="s" keys={hasKey ? ["Alt", "Shift", String(slot)] : undefined} isDisabled={answered} onPress={() => answer(onReject)}><span>{t("offer.reject")}</span></Button>
      </div>
      {until !== null && <TimeBar from_ms={from} until_ms={until} now={clock} />}
    </article>
  );
}

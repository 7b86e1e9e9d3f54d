// The sunken strip of offers above the list; offers that went to somebody else say so for ten seconds.
import { Icon } from "@seaway/kit/Icon";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { sayName } from "../contact/name.ts";
import { useOfferAnswer } from "../actions/use-actions.ts";
import type { GoneOffer } from "../state/desk-state.ts";
import { useDeskState } from "../state/desk.tsx";
import { firstToRunOut, offersOf } from "../state/select.ts";
import { OfferCard } from "./OfferCard.tsx";
import "./offer.css";

export function Offers() {
  const { t } = useTranslation();
  const state = useDeskState();
  const answer = useOfferAnswer();
  const offers = offersOf(state);
  const first = firstToRunOut(state);
  const gone = Object.values(state.gone);
  if (offers.length === 0 && gone.length === 0) return null;
  return (
    <div className="offers" role="region" aria-label={t("offer.region", { count: offers.length })}>
      {offers.map(({ reservation, slot }) => (
        <OfferCard key={reservation.id} reservation={reservation} slot={slot} first={reservation.id === first} onAccept={() => answer.accept(reservation.id)} onReject={() => answer.reject(reservation.id)} />
      ))}
      {gone.map((offer) => <p key={offer.reservation.id} className="gone row"><Icon name="clock" size={14} /><span className="cut">{sayGone(t, offer)}</span></p>)}
    </div>
  );
}

function sayGone(t: TFunction, { reservation, wentTo, reason }: GoneOffer): string {
  const name = sayName(t, reservation.contact?.name || reservation.channel.address);
  const until = reservation.deadline_at ?? reservation.created_at;
  const seconds = Math.max(1, Math.round((Date.parse(until) - Date.parse(reservation.created_at)) / 1000));
  if (wentTo) return t(reason === "missed" ? "offer.goneToAfter" : "offer.goneTo", { name, to: wentTo, seconds });
  return t(`offer.gone_${reason}`, { name, seconds });
}

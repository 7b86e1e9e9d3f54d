// Away from the desk page, offers still stand in sight, at the lower left of the sheet.
import { useDesk } from "../state/desk.tsx";
import { Offers } from "./Offers.tsx";

export function FloatingOffers() {
  const any = useDesk((state) => Object.keys(state.reservations).length + Object.keys(state.gone).length > 0);
  return any ? <aside className="floating"><Offers /></aside> : null;
}

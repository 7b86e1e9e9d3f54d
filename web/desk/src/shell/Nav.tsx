// The rail: places one may go to, by permission; search; keys; who I am.
import { Avatar } from "@seaway/kit/Avatar";
import { Counter } from "@seaway/kit/Counter";
import { Icon } from "@seaway/kit/Icon";
import { KeyCap } from "@seaway/kit/KeyCap";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { capsOf } from "../actions/keys.ts";
import { places, type Place } from "../actions/place.ts";
import { presenceOf } from "../activity/presence.ts";
import { UserMenu } from "../activity/UserMenu.tsx";
import { useBrand } from "../session/brand.ts";
import { can, useMe } from "../session/session.tsx";
import { useDesk, useDeskState } from "../state/desk.tsx";
import { offersOf, unreadTotal } from "../state/select.ts";
import { Logo } from "./Logo.tsx";
import { changeUi, useUi } from "./ui.ts";

const GROUPS: Place["group"][] = ["work", "answers", "house"];

export function Nav() {
  const { t } = useTranslation();
  const me = useMe();
  const name = useBrand().name || me.workspace.name;
  const open = useUi((ui) => ui.navOpen);
  const worker = useDesk((state) => state.worker);
  const groups = GROUPS.map((group) => ({ group, list: places.filter((p) => p.group === group && p.needs.some((need) => can(me, need))) })).filter((g) => g.list.length > 0);
  return (
    <nav className={`rail ${open ? "open" : ""}`} aria-label={t("nav.main")} data-pane>
      <div className="brand row" title={`${name} · Seaway`}><Logo /><b className="lbl cut">{name}</b></div>
      <button type="button" className="find" title={`${t("action.palette")} · Ctrl K`} onClick={() => changeUi({ overlay: "palette", paletteText: "" })}>
        <span className="sr">{t("action.palette")}</span><Icon name="search" /><span className="lbl" aria-hidden="true">{t("nav.find")}</span><span className="lbl end"><KeyCap keys={["Ctrl", "K"]} /></span>
      </button>
      {groups.map(({ group, list }, at) => (
        <div className="grp" key={group}>
          {at > 0 && <hr className="mini" />}
          {list.map((place) => <PlaceLink key={place.path} place={place} />)}
        </div>
      ))}
      <div className="foot">
        <button type="button" className="find quiet" title={`${t("action.keys")} · ?`} onClick={() => changeUi({ overlay: "keys" })}>
          <span className="sr">{t("action.keys")}</span><Icon name="help" /><span className="lbl" aria-hidden="true">{t("action.keys")}</span>
        </button>
        <UserMenu trigger={<><Avatar name={me.user.name} size={24} presence={worker ? presenceOf(worker) : undefined} /><span className="lbl cut" aria-hidden="true">{me.user.name}</span></>} />
      </div>
    </nav>
  );
}

function PlaceLink({ place }: { place: Place }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const count = place.path === "/desk" ? offersOf(state).length + unreadTotal(state) : 0;
  const title = t(place.title);
  const { pathname } = useLocation();
  const here = [place.path, ...(place.also ?? [])].some((path) => pathname === path || pathname.startsWith(`${path}/`));
  return (
    <Link to={place.path} aria-current={here ? "page" : undefined} title={place.keys ? `${title} · ${capsOf(place.keys).join(" ")}` : title}>
      <span className="sr">{count > 0 ? t("nav.waiting", { title, count }) : title}</span>
      <Icon name={place.icon} /><span className="lbl" aria-hidden="true">{title}</span>
      {count > 0 && <span aria-hidden="true" style={{ display: "contents" }}><Counter count={count} /></span>}
    </Link>
  );
}

// Settings: one's own first, then the workspace's for who may. The places stand at the left, the chosen one beside them.
import { PageHead } from "@seaway/kit/PageHead";
import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";
import type { Permission } from "@seaway/api/types";
import { can, useMe } from "../../session/session.tsx";
import { paths } from "../paths.ts";
import { usePageTitle } from "./Page.tsx";

const WORKSPACE: readonly { to: string; word: string; permission: Permission }[] = [
  { to: paths.workspace, word: "settings.workspace", permission: "workspace.manage" },
  { to: paths.branding, word: "settings.branding", permission: "workspace.manage" },
  { to: paths.fields, word: "settings.fields", permission: "workspace.manage" },
  { to: paths.keys, word: "settings.keys", permission: "key.manage" },
  { to: paths.webhooks, word: "settings.webhooks", permission: "workspace.manage" },
  { to: paths.undelivered, word: "settings.undelivered", permission: "channel.manage" },
  { to: paths.unreadable, word: "settings.unreadable", permission: "channel.manage" },
  { to: paths.audit, word: "settings.audit", permission: "audit.read" },
];

/** `back`: the list this is one of; `foot`: the save bar. */
export function SettingsFrame({ title, back, head, children, foot }: { title: string; back?: { href: string; label: string }; head?: ReactNode; children: ReactNode; foot?: ReactNode }) {
  const { t } = useTranslation("pages");
  const me = useMe();
  const { pathname } = useLocation();
  usePageTitle(title);
  useEffect(() => {
    document.querySelector<HTMLElement>(".settings-scroll")?.scrollTo(0, 0);
  }, [pathname]);
  const places = WORKSPACE.filter((place) => can(me, place.permission));
  return (
    <main className="sheet workbench">
      <section className="pane" aria-label={t("settings.title")}>
        <PageHead title={t("settings.title")} level={2} />
        <nav className="scroll" aria-label={t("settings.title")}>
          <ul className="wb-list">
            <li className="wb-group">{t("settings.you")}</li>
            <li><Place to={paths.settings} word={t("settings.own")} /></li>
            {places.length > 0 && <li className="wb-group">{me.workspace.name}</li>}
            {places.map((place) => <li key={place.to}><Place to={place.to} word={t(place.word)} /></li>)}
          </ul>
        </nav>
      </section>
      <section className="pane" aria-label={title}>
        <PageHead title={title} back={back && { ...back, always: true }}>{head}</PageHead>
        <div className="only-narrow seg" style={{ margin: "8px 16px 0", alignSelf: "start" }}>
          {[{ to: paths.settings, word: "settings.own" }, ...places].map((place) => <NavLink key={place.to} to={place.to} end>{t(place.word)}</NavLink>)}
        </div>
        <div className="scroll settings-scroll">{children}</div>
        {foot}
      </section>
    </main>
  );
}

function Place({ to, word }: { to: string; word: string }) {
  return <NavLink to={to} end={to === paths.settings} className="wb-row slim bare"><span className="nm cut">{word}</span></NavLink>;
}

// One by one as people who sign in, or all together as agents with skills.
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { paths } from "../../pages/paths.ts";

export function PeopleTabs() {
  const { t } = useTranslation("admin");
  return (
    <div className="subnav"><div className="seg">
      <NavLink to={paths.people}>{t("people.short")}</NavLink>
      <NavLink to={paths.agents}>{t("agents.short")}</NavLink>
    </div></div>
  );
}

// Queues and workflows stand side by side: a workflow says which queue a task waits in, a queue says who may take it.
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { paths } from "../../pages/paths.ts";

export function RoutingTabs() {
  const { t } = useTranslation("admin");
  return (
    <div className="subnav"><div className="seg">
      {[{ to: paths.queues, word: "queues.short" }, { to: paths.workflows, word: "workflows.short" }].map((one) => <NavLink key={one.to} to={one.to}>{t(one.word)}</NavLink>)}
    </div></div>
  );
}

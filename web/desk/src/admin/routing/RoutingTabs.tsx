// Side by side: a workflow says which queue a task waits in, a queue who may take it, a task channel how many at once beside what, business hours when.
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { paths } from "../../pages/paths.ts";

export function RoutingTabs() {
  const { t } = useTranslation("admin");
  return (
    <div className="subnav"><div className="seg">
      {[{ to: paths.queues, word: "queues.short" }, { to: paths.workflows, word: "workflows.short" }, { to: paths.taskChannels, word: "taskChannels.short" }, { to: paths.hours, word: "hours.short" }].map((one) => <NavLink key={one.to} to={one.to}>{t(one.word)}</NavLink>)}
    </div></div>
  );
}

// Who is here, since when, and how full. A supervisor may set somebody's activity.
import type { Activity, Board } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { IconButton } from "@seaway/kit/IconButton";
import { Load } from "@seaway/kit/Load";
import { Menu } from "@seaway/kit/Menu";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useTranslation } from "react-i18next";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { can, useMe } from "../../session/session.tsx";
import { clock, secondsSince } from "../shared/format.ts";
import { problemWords } from "../shared/problem.ts";
import { useAll, useForget } from "../shared/resource.ts";

type Agent = Board["workers"][number];

export function Agents({ board }: { board: Board }) {
  const { t } = useTranslation("pages");
  const me = useMe();
  const maySet = can(me, "worker.manage") || can(me, "task.reassign");
  const activities = useAll<Activity>(maySet ? "/activities" : null);
  const forget = useForget();
  const at = Date.parse(board.at);

  async function setActivity(agent: Agent, activity: Activity, back = false) {
    try {
      await http.post(ws(`/workers/${agent.id}/activity`), { activity_id: activity.id });
      await forget("/board");
      const undo = { label: t("undo"), run: () => setActivity(agent, agent.activity, true) };
      toast(t("board.nowIs", { name: agent.name, activity: sayActivity(t, activity.name) }), back ? {} : { undo });
    } catch (thrown) {
      toast(problemWords(thrown));
    }
  }
  return (
    <>
      <div className="bh"><h2>{t("board.agents")}</h2><span className="t3 num">{board.workers.length}</span></div>
      {board.workers.length === 0 ? <p className="quietline">{t("board.noAgents")}</p> : <div className="tblwrap"><Table label={t("board.agents")} rows={board.workers} rowId={(agent) => agent.id} columns={[
        { id: "name", title: t("board.agent"), cell: (agent) => <span className="who"><Avatar name={agent.name} size={24} /><span className="strong">{agent.name}</span></span> },
        { id: "state", title: t("board.state"), cell: (agent) => <span className="st"><i className={`pres ${agent.connected ? (agent.activity.available ? "on" : "busy") : "off"}`} />{sayActivity(t, agent.activity.name)}{!agent.connected && <span className="t3">{t("board.noDesk")}</span>}</span> },
        { id: "since", title: t("board.since"), right: true, cell: (agent) => clock(secondsSince(agent.activity_since, at)) },
        { id: "load", title: t("board.load"), cell: (agent) => <Load open={agent.open} capacity={agent.capacity} label={t("board.loadOf", { open: agent.open, capacity: agent.capacity })} /> },
        { id: "open", title: t("board.openNow"), right: true, className: "opt", cell: (agent) => <span className={agent.open === 0 ? "t3" : ""}>{agent.open}</span> },
        { id: "do", title: t("board.actions"), hideTitle: true, right: true, cell: (agent) => maySet && <Menu label={t("board.setActivity", { name: agent.name })} trigger={<IconButton size="s" icon="more" label={t("board.setActivity", { name: agent.name })} />}
          entries={(activities.data ?? []).map((activity) => ({ id: activity.id, label: sayActivity(t, activity.name), isSelected: activity.id === agent.activity.id, start: <i className={`pres ${activity.available ? "on" : "busy"}`} />, onAction: () => void setActivity(agent, activity) }))} /> },
      ]} /></div>}
    </>
  );
}

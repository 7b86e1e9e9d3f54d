// Who is here, since when, what they are busy with, and how full. A supervisor may set somebody's activity.
import type { Activity, Board, BoardWorker } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { Load } from "@seaway/kit/Load";
import { Menu } from "@seaway/kit/Menu";
import { Select } from "@seaway/kit/Select";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useTranslation } from "react-i18next";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { channelName } from "../../conversation/channel-name.ts";
import { can, useMe } from "../../session/session.tsx";
import { clock, secondsSince } from "../shared/format.ts";
import { problemWords } from "../shared/problem.ts";
import { useAll, useForget } from "../shared/resource.ts";
import { AGENT_SORTS, AGENT_STATES, type Asked } from "./asked.ts";
import { Pager } from "./Pager.tsx";

type Agent = BoardWorker;
/** Tasks shown with an agent; the others are a number. */
const SHOWN = 4;

export function Agents({ board, asked, ask }: { board: Board; asked: Asked; ask: (part: Partial<Asked>) => void }) {
  const { t, i18n } = useTranslation("pages");
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
      <div className="bh"><h2>{t("board.agents")}</h2><span className="t3 num">{board.totals.agents.toLocaleString(i18n.language)}</span><span className="grow" />
        {board.totals.agents > 1 && <>
          <Field className="bhfind" label={t("board.findAgent")} hideLabel type="search" placeholder={t("board.findAgent")} value={asked.agent} onChange={(agent) => ask({ agent, agent_page: 0 })} start={<Icon name="search" className="t3" />} />
          <Select look="pick" label={t("board.stateFilter")} value={asked.agent_state} onChange={(agent_state) => ask({ agent_state, agent_page: 0 })} options={AGENT_STATES.map((id) => ({ id, label: t(`board.states.${id}`) }))} />
          <Select look="pick" label={t("board.sort")} value={asked.agent_sort} onChange={(agent_sort) => ask({ agent_sort, agent_page: 0 })} options={AGENT_SORTS.map((id) => ({ id, label: t(`board.sortAgent.${id}`) }))} />
        </>}
      </div>
      {board.workers.length === 0 ? <p className="quietline">{t(board.totals.agents > 0 ? "board.noneFound" : "board.noAgents")}</p> : <div className="tblwrap"><Table label={t("board.agents")} rows={board.workers} rowId={(agent) => agent.id} columns={[
        { id: "name", title: t("board.agent"), cell: (agent) => <span className="who"><Avatar name={agent.name} size={24} /><span className="strong cut" style={{ maxWidth: 220 }} title={agent.name} dir="auto">{agent.name}</span></span> },
        { id: "state", title: t("board.state"), cell: (agent) => <span className="st"><i className={`pres ${PRESENCE[agent.state]}`} />{sayActivity(t, agent.activity.name)}{agent.state === "offline" && <span className="t3">{t("board.noDesk")}</span>}</span> },
        { id: "since", title: t("board.since"), right: true, cell: (agent) => clock(secondsSince(agent.activity_since, at)) },
        { id: "doing", title: t("board.doing"), cell: (agent) => <Doing agent={agent} at={at} /> },
        { id: "load", title: t("board.load"), className: "opt", cell: (agent) => <Load open={agent.open} capacity={agent.capacity} label={t("board.loadOf", { open: agent.open, capacity: agent.capacity })} /> },
        { id: "open", title: t("board.openNow"), right: true, className: "opt", cell: (agent) => <span className={agent.open === 0 ? "t3" : ""}>{agent.open}</span> },
        { id: "do", title: t("board.actions"), hideTitle: true, right: true, cell: (agent) => maySet && <Menu label={t("board.setActivity", { name: agent.name })} trigger={<IconButton size="s" icon="more" label={t("board.setActivity", { name: agent.name })} />}
          entries={(activities.data ?? []).map((activity) => ({ id: activity.id, label: sayActivity(t, activity.name), isSelected: activity.id === agent.activity.id, start: <i className={`pres ${activity.available ? "on" : "busy"}`} />, onAction: () => void setActivity(agent, activity) }))} /> },
      ]} /></div>}
      <div className="pagerline"><Pager of={t("board.agents")} page={asked.agent_page} total={board.workers_found} onPage={(agent_page) => ask({ agent_page })} /></div>
    </>
  );
}

const PRESENCE: Record<Agent["state"], string> = { available: "on", away: "busy", offline: "off" };

/** Webchat's tasks run on the task channel chat. */
function kindOf(channel: string): string {
  return channel === "chat" ? "webchat" : channel;
}

/** Each task as its channel's mark and how long it has been going on. */
function Doing({ agent, at }: { agent: Agent; at: number }) {
  const { t } = useTranslation("pages");
  if (agent.tasks.length === 0) return <span className="t3">{t("board.nothing")}</span>;
  return (
    <span className="doing">
      {agent.tasks.slice(0, SHOWN).map((task) => {
        const time = clock(secondsSince(task.since, at));
        const said = t("board.doingOne", { channel: channelName(kindOf(task.channel)), status: t(`board.held.${task.status}`), time });
        return <span key={task.task_id} className="row num" title={said}><ChannelMark kind={kindOf(task.channel)} /><span className={task.status === "accepted" ? "" : "t3"}>{time}</span><span className="sr">{said}</span></span>;
      })}
      {agent.open > SHOWN && <span className="t3 num">+{agent.open - SHOWN}</span>}
    </span>
  );
}

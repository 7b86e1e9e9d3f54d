// The supervisor's live board: figures, queues, who waits, agents, and what needs a look. Read every two seconds; figures are of everything,
// the lists are pages that the server finds, sorts and cuts.
import type { Board, ServiceLevel } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { Select } from "@seaway/kit/Select";
import { Table } from "@seaway/kit/Table";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { Needs } from "../NotAllowed.tsx";
import { clock } from "../shared/format.ts";
import { Loaded } from "../shared/Loaded.tsx";
import { usePageTitle } from "../shared/Page.tsx";
import { useSettled } from "../shared/settled.ts";
import { Agents } from "./Agents.tsx";
import { boardPath, FIRST, QUEUE_SORTS, type Asked } from "./asked.ts";
import { NeedsALook } from "./NeedsALook.tsx";
import { Pager } from "./Pager.tsx";
import { TaskActionsProvider } from "./task-actions.tsx";
import { Tasks } from "./Tasks.tsx";
import { levelUrgency, waitUrgency, type Urgency } from "./thresholds.ts";

const READ_EVERY_MS = 2000;

export function LiveBoard() {
  const { t } = useTranslation("pages");
  return <Needs permission="board.read" title={t("board.title")}><BoardSheet /></Needs>;
}

function BoardSheet() {
  const { t } = useTranslation("pages");
  usePageTitle(t("board.title"));
  const [asked, setAsked] = useState<Asked>(FIRST);
  const ask = (part: Partial<Asked>) => setAsked({ ...asked, ...part });
  const path = boardPath({ ...asked, queue: useSettled(asked.queue, 200), agent: useSettled(asked.agent, 200) });
  const query = useQuery({ queryKey: ["ws", "board", path], queryFn: ({ signal }) => http.get<Board>(ws(path), { signal }), placeholderData: keepPreviousData, retry: false, refetchInterval: READ_EVERY_MS });
  const live = !query.error;
  const board = query.data;
  return (
    <main className="sheet board">
      <TaskActionsProvider>
        <section className="pane" aria-label={t("board.title")}>
          <PageHead title={t("board.title")}>
            {board && <span className={`pill ${live ? "" : "t3"}`} role="status"><i className={`pres ${live ? "on" : "off"}`} />{t(live ? "board.live" : "board.stopped")}</span>}
          </PageHead>
          <div className="scroll">
            <Loaded query={query}>{(shown) => {
              const { totals } = shown;
              return (
                <>
                  <Stats board={shown} />
                  <Queues board={shown} asked={asked} ask={ask} />
                  <Tasks title={t("board.waiting")} none={t("board.nobodyWaits")} tasks={shown.waiting} total={totals.waiting + totals.offered} page={asked.waiting_page} onPage={(waiting_page) => ask({ waiting_page })} at={shown.at} waiting />
                  <Agents board={shown} asked={asked} ask={ask} />
                  <Tasks title={t("board.inProgress")} none={t("board.nothingInProgress")} tasks={shown.active} total={totals.active + totals.wrapping} page={asked.active_page} onPage={(active_page) => ask({ active_page })} at={shown.at} />
                </>
              );
            }}</Loaded>
          </div>
        </section>
        {board && <NeedsALook board={board} />}
      </TaskActionsProvider>
    </main>
  );
}

function Stats({ board }: { board: Board }) {
  const { t, i18n } = useTranslation("pages");
  const { totals } = board;
  const number = (value: number) => value.toLocaleString(i18n.language);
  const late = waitUrgency(totals.longest_wait_s);
  const low = levelUrgency(totals.service_level.percent, board.service_level_percent);
  return (
    <div className="stats">
      <div className="stat"><p>{t("board.waiting")}</p><div className="fig">{number(totals.waiting + totals.offered)}</div><p className="meta">{totals.timed_out_today > 0 ? t("board.timedOutToday", { count: totals.timed_out_today }) : t("board.noneTimedOut")}</p></div>
      <div className="stat"><p>{t("board.longestWait")}</p><div className={`fig ${late}`}>{late && <Icon name={late === "bad" ? "circle-alert" : "hourglass"} label={t(`board.${late}`)} />}{totals.longest_queue ? clock(totals.longest_wait_s) : "–"}</div><p className="meta">{totals.longest_queue ?? t("board.nobodyWaits")}</p></div>
      <div className="stat"><p>{t("board.serviceLevel")}</p><div className={`fig ${low}`}>{low && <Icon name={low === "bad" ? "circle-alert" : "hourglass"} label={t(`board.${low}`)} />}{totals.service_level.percent === null ? "–" : `${totals.service_level.percent} %`}</div><p className="meta">{t("board.serviceAim", { percent: board.service_level_percent, seconds: board.service_level_s })}</p></div>
      <div className="stat"><p>{t("board.agentsAvailable")}</p><div className="fig">{number(totals.available)}<small>{t("board.of", { total: number(totals.agents) })}</small></div><p className="meta">{t("board.awayAndOffline", { away: number(totals.away), offline: number(totals.offline) })}</p></div>
      <div className="stat"><p>{t("board.inProgress")}</p><div className="fig">{number(totals.active)}</div><p className="meta">{t("board.wrappingCount", { count: totals.wrapping })}</p></div>
      <div className="stat"><p>{t("board.doneToday")}</p><div className="fig">{number(totals.done_today)}</div><p className="meta">{t("board.sinceMidnight")}</p></div>
    </div>
  );
}

function Queues({ board, asked, ask }: { board: Board; asked: Asked; ask: (part: Partial<Asked>) => void }) {
  const { t, i18n } = useTranslation("pages");
  const { totals } = board;
  return (
    <>
      <div className="bh"><h2>{t("board.queues")}</h2><span className="t3 num">{totals.queues.toLocaleString(i18n.language)}</span><span className="grow" />
        {totals.queues > 1 && <Field className="bhfind" label={t("board.findQueue")} hideLabel type="search" placeholder={t("board.findQueue")} value={asked.queue} onChange={(queue) => ask({ queue, queue_page: 0 })} start={<Icon name="search" className="t3" />} />}
        {totals.queues > 1 && <Select look="pick" label={t("board.sort")} value={asked.queue_sort} onChange={(queue_sort) => ask({ queue_sort, queue_page: 0 })} options={QUEUE_SORTS.map((id) => ({ id, label: t(`board.sortQueue.${id}`) }))} />}
      </div>
      {board.queues.length === 0 ? <p className="quietline">{t(totals.queues > 0 ? "board.noneFound" : "board.noQueues")}</p> : <div className="tblwrap"><Table label={t("board.queues")} rows={board.queues} rowId={(queue) => queue.id} columns={[
        { id: "name", title: t("board.queue"), cell: (queue) => <><span className="strong cut" style={{ maxWidth: 240, display: "block" }} title={queue.name} dir="auto">{queue.name}</span>{queue.closed && <span className="t3 small">{t("board.queueClosed")}</span>}</> },
        { id: "waiting", title: t("board.waiting"), right: true, cell: (queue) => <Figure value={queue.waiting} /> },
        { id: "longest", title: t("board.longestWait"), right: true, cell: (queue) => (queue.waiting > 0 ? <Wait seconds={queue.longest_wait_s} /> : <span className="t3">–</span>) },
        { id: "level", title: t("board.serviceLevel"), right: true, cell: (queue) => <Level level={queue.service_level} board={board} /> },
        { id: "offered", title: t("board.offered"), right: true, className: "opt", cell: (queue) => <Figure value={queue.offered} /> },
        { id: "active", title: t("board.inProgress"), right: true, cell: (queue) => <Figure value={queue.active} /> },
        { id: "wrapping", title: t("board.wrapping"), right: true, className: "opt", cell: (queue) => <Figure value={queue.wrapping} /> },
        { id: "free", title: t("board.agentsFree"), right: true, cell: (queue) => (queue.available_workers === 0 && queue.waiting > 0 ? <span className="cell bad"><Icon name="circle-alert" label={t("board.nobodyFree")} />0</span> : <Figure value={queue.available_workers} />) },
        { id: "done", title: t("board.doneToday"), right: true, className: "opt", cell: (queue) => <span className="row" style={{ justifyContent: "flex-end" }}>{queue.timed_out_today > 0 && <Badge tone="warn" icon="hourglass">{t("board.timedOutShort", { count: queue.timed_out_today })}</Badge>}<Figure value={queue.done_today} /></span> },
      ]} /></div>}
      <div className="pagerline"><Pager of={t("board.queues")} page={asked.queue_page} total={board.queues_found} onPage={(queue_page) => ask({ queue_page })} /></div>
    </>
  );
}

function Level({ level, board }: { level: ServiceLevel; board: Board }) {
  const { t } = useTranslation("pages");
  if (level.percent === null) return <span className="t3" title={t("board.noneAccepted")}>–</span>;
  const low = levelUrgency(level.percent, board.service_level_percent);
  const said = t("board.inTime", { in_time: level.in_time, accepted: level.accepted, seconds: board.service_level_s });
  return <span className={low ? `cell ${low}` : ""} title={said}>{low && <Icon name={low === "bad" ? "circle-alert" : "hourglass"} label={t(`board.${low}`)} />}{level.percent} %</span>;
}

function Figure({ value }: { value: number }) {
  return <span className={value === 0 ? "t3" : ""}>{value}</span>;
}

export function Wait({ seconds }: { seconds: number }) {
  const { t } = useTranslation("pages");
  const urgency: Urgency = waitUrgency(seconds);
  if (!urgency) return <>{clock(seconds)}</>;
  return <span className={`cell ${urgency}`}><Icon name={urgency === "bad" ? "circle-alert" : "hourglass"} label={t(`board.${urgency}`)} />{clock(seconds)}</span>;
}

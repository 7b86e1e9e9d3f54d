// The supervisor's live board: figures, queues, who waits, agents, and what needs a look. Read every two seconds.
import type { Board } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { Table } from "@seaway/kit/Table";
import { useTranslation } from "react-i18next";
import { Needs } from "../NotAllowed.tsx";
import { clock } from "../shared/format.ts";
import { Loaded } from "../shared/Loaded.tsx";
import { usePageTitle } from "../shared/Page.tsx";
import { useOne } from "../shared/resource.ts";
import { Agents } from "./Agents.tsx";
import { NeedsALook } from "./NeedsALook.tsx";
import { TaskActionsProvider } from "./task-actions.tsx";
import { Tasks } from "./Tasks.tsx";
import { figures, waitUrgency, type Urgency } from "./thresholds.ts";

const READ_EVERY_MS = 2000;

export function LiveBoard() {
  const { t } = useTranslation("pages");
  return <Needs permission="board.read" title={t("board.title")}><BoardSheet /></Needs>;
}

function BoardSheet() {
  const { t } = useTranslation("pages");
  usePageTitle(t("board.title"));
  const query = useOne<Board>("/board", { every_ms: READ_EVERY_MS });
  const live = !query.error;
  const board = query.data;
  return (
    <main className="sheet board">
      <TaskActionsProvider board={board ?? null}>
        <section className="pane" aria-label={t("board.title")}>
          <PageHead title={t("board.title")}>
            {board && <span className={`pill ${live ? "" : "t3"}`} role="status"><i className={`pres ${live ? "on" : "off"}`} />{t(live ? "board.live" : "board.stopped")}</span>}
          </PageHead>
          <div className="scroll">
            <Loaded query={query}>{(shown) => (
              <>
                <Stats board={shown} />
                <Queues board={shown} />
                <Tasks title={t("board.waiting")} none={t("board.nobodyWaits")} tasks={shown.waiting} at={shown.at} waiting />
                <Agents board={shown} />
                <Tasks title={t("board.inProgress")} none={t("board.nothingInProgress")} tasks={shown.active} at={shown.at} />
              </>
            )}</Loaded>
          </div>
        </section>
        {board && <NeedsALook board={board} />}
      </TaskActionsProvider>
    </main>
  );
}

function Stats({ board }: { board: Board }) {
  const { t } = useTranslation("pages");
  const now = figures(board);
  const late = waitUrgency(now.longest_s);
  return (
    <div className="stats">
      <div className="stat"><p>{t("board.waiting")}</p><div className="fig">{now.waiting}</div><p className="meta">{now.timed_out > 0 ? t("board.timedOutToday", { count: now.timed_out }) : t("board.noneTimedOut")}</p></div>
      <div className="stat"><p>{t("board.longestWait")}</p><div className={`fig ${late}`}>{late && <Icon name={late === "bad" ? "circle-alert" : "hourglass"} label={t(`board.${late}`)} />}{now.longest_queue ? clock(now.longest_s) : "–"}</div><p className="meta">{now.longest_queue ?? t("board.nobodyWaits")}</p></div>
      <div className="stat"><p>{t("board.agentsAvailable")}</p><div className="fig">{now.available}<small>{t("board.of", { total: board.workers.length })}</small></div><p className="meta">{t("board.awayAndOffline", { away: now.away, offline: now.offline })}</p></div>
      <div className="stat"><p>{t("board.inProgress")}</p><div className="fig">{now.active}</div><p className="meta">{t("board.wrappingCount", { count: now.wrapping })}</p></div>
      <div className="stat"><p>{t("board.doneToday")}</p><div className="fig">{now.done}</div><p className="meta">{t("board.sinceMidnight")}</p></div>
    </div>
  );
}

function Queues({ board }: { board: Board }) {
  const { t } = useTranslation("pages");
  return (
    <>
      <div className="bh"><h2>{t("board.queues")}</h2><span className="t3 num">{board.queues.length}</span></div>
      {board.queues.length === 0 ? <p className="quietline">{t("board.noQueues")}</p> : <div className="tblwrap"><Table label={t("board.queues")} rows={board.queues} rowId={(queue) => queue.id} columns={[
        { id: "name", title: t("board.queue"), cell: (queue) => <span className="strong">{queue.name}</span> },
        { id: "waiting", title: t("board.waiting"), right: true, cell: (queue) => <Figure value={queue.waiting} /> },
        { id: "longest", title: t("board.longestWait"), right: true, cell: (queue) => (queue.waiting > 0 ? <Wait seconds={queue.longest_wait_s} /> : <span className="t3">–</span>) },
        { id: "offered", title: t("board.offered"), right: true, className: "opt", cell: (queue) => <Figure value={queue.offered} /> },
        { id: "active", title: t("board.inProgress"), right: true, cell: (queue) => <Figure value={queue.active} /> },
        { id: "wrapping", title: t("board.wrapping"), right: true, className: "opt", cell: (queue) => <Figure value={queue.wrapping} /> },
        { id: "free", title: t("board.agentsFree"), right: true, cell: (queue) => (queue.available_workers === 0 && queue.waiting > 0 ? <span className="cell bad"><Icon name="circle-alert" label={t("board.nobodyFree")} />0</span> : <Figure value={queue.available_workers} />) },
        { id: "done", title: t("board.doneToday"), right: true, className: "opt", cell: (queue) => <span className="row" style={{ justifyContent: "flex-end" }}>{queue.timed_out_today > 0 && <Badge tone="warn" icon="hourglass">{t("board.timedOutShort", { count: queue.timed_out_today })}</Badge>}<Figure value={queue.done_today} /></span> },
      ]} /></div>}
    </>
  );
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

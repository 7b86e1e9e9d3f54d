// Tasks that wait or are worked on, with what a supervisor may do to each.
import type { BoardTask } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Badge } from "@seaway/kit/Badge";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Table, type TableColumn } from "@seaway/kit/Table";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { sayName } from "../../contact/name.ts";
import { clock, secondsSince } from "../shared/format.ts";
import { Wait } from "./LiveBoard.tsx";
import { Pager } from "./Pager.tsx";
import { TaskMenu } from "./task-actions.tsx";

export function Tasks({ title, none, tasks, total, page, onPage, at, waiting }: { title: string; none: string; tasks: readonly BoardTask[]; /** How many there are, of which these are a page. */ total: number; page: number; onPage: (page: number) => void; at: string; waiting?: boolean }) {
  const { t, i18n } = useTranslation("pages");
  const now = Date.parse(at);
  const columns: TableColumn<BoardTask>[] = [
    { id: "who", title: t("board.customer"), cell: (task) => <span className="who"><Avatar name={nameOf(t, task)} size={24} /><span className="strong cut" style={{ maxWidth: 240 }}>{nameOf(t, task)}</span>{task.contact?.vip && <Badge>VIP</Badge>}</span> },
    { id: "channel", title: t("board.channel"), cell: (task) => <ChannelMark kind={task.channel === "chat" ? "webchat" : task.channel} /> },
    { id: "queue", title: t("board.queue"), cell: (task) => task.queue?.name ?? <span className="t3">{t("board.noQueue")}</span> },
    ...(waiting
      ? [{ id: "state", title: t("board.state"), className: "opt", cell: (task: BoardTask) => t(`board.status.${task.status}`) },
         { id: "priority", title: t("board.priority"), right: true, className: "opt", cell: (task: BoardTask) => <span className={task.priority === 0 ? "t3" : ""}>{task.priority}</span> }]
      : [{ id: "agent", title: t("board.agent"), cell: (task: BoardTask) => task.worker?.name ?? <span className="t3">–</span> },
         { id: "state", title: t("board.state"), className: "opt", cell: (task: BoardTask) => t(`board.status.${task.status}`) }]),
    { id: "since", title: t(waiting ? "board.waits" : "board.since"), right: true, cell: (task) => (waiting ? <Wait seconds={secondsSince(task.waiting_since, now)} /> : clock(secondsSince(task.assigned_at ?? task.created_at, now))) },
    { id: "do", title: t("board.actions"), hideTitle: true, right: true, cell: (task) => <TaskMenu task={task} /> },
  ];
  return (
    <>
      <div className="bh"><h2>{title}</h2><span className="t3 num">{total.toLocaleString(i18n.language)}</span></div>
      {tasks.length === 0 ? <p className="quietline">{none}</p> : <div className="tblwrap"><Table label={title} rows={tasks} rowId={(task) => task.id} columns={columns} /></div>}
      <div className="pagerline"><Pager of={title} page={page} total={total} onPage={onPage} /></div>
    </>
  );
}

export function nameOf(t: TFunction<"pages">, task: BoardTask): string {
  return sayName(t as unknown as TFunction, task.contact?.name || task.contact?.address || task.id);
}

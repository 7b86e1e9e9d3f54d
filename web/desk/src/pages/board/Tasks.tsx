// Tasks that wait or are worked on, with what a supervisor may do to each.
import type { Board } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Badge } from "@seaway/kit/Badge";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Table, type TableColumn } from "@seaway/kit/Table";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { sayName } from "../../contact/name.ts";
import { clock, secondsSince } from "../shared/format.ts";
import { Wait } from "./LiveBoard.tsx";
import { TaskMenu } from "./task-actions.tsx";

export type BoardTask = Board["waiting"][number];

export function Tasks({ title, none, tasks, at, waiting }: { title: string; none: string; tasks: readonly BoardTask[]; at: string; waiting?: boolean }) {
  const { t } = useTranslation("pages");
  const now = Date.parse(at);
  const sorted = tasks.toSorted((a, b) => a.waiting_since.localeCompare(b.waiting_since));
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
      <div className="bh"><h2>{title}</h2><span className="t3 num">{tasks.length}</span></div>
      {tasks.length === 0 ? <p className="quietline">{none}</p> : <div className="tblwrap"><Table label={title} rows={sorted} rowId={(task) => task.id} columns={columns} /></div>}
    </>
  );
}

export function nameOf(t: TFunction<"pages">, task: BoardTask): string {
  return sayName(t as unknown as TFunction, task.contact?.name || task.contact?.address || task.id);
}

// What a supervisor should see first: queues nobody can serve, and tasks that timed out.
import type { Board } from "@seaway/api/types";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { useTranslation } from "react-i18next";
import { clock } from "../shared/format.ts";
import { TaskButtons } from "./task-actions.tsx";
import { nameOf } from "./Tasks.tsx";
import { shortTime } from "../shared/format.ts";

export function NeedsALook({ board }: { board: Board }) {
  const { t, i18n } = useTranslation("pages");
  const { stuck, totals } = board;
  const count = totals.stuck + totals.timed_out_today;
  return (
    <aside className="pane" aria-label={t("board.needsALook")}>
      <PageHead title={t("board.needsALook")} level={2} count={count} />
      <div className="scroll">
        {count === 0 && <EmptyState kind="done" title={t("board.allWell")}>{t("board.allWellText")}</EmptyState>}
        {stuck.map((queue) => (
          <div key={queue.id} className="need bad"><Icon name="circle-alert" label={t("board.bad")} /><span className="strong">{t("board.stuck", { queue: queue.name })}</span>
            <p>{t("board.stuckText", { count: queue.waiting, wait: clock(queue.longest_wait_s) })}</p></div>
        ))}
        {totals.stuck > stuck.length && <p className="quietline">{t("board.andMoreStuck", { count: totals.stuck - stuck.length })}</p>}
        {board.timed_out.map((task) => (
          <div key={task.id} className="need warn"><Icon name="hourglass" label={t("board.warn")} /><span className="strong">{t("board.timedOut", { name: nameOf(t, task) })}</span>
            <p>{t("board.timedOutText", { queue: task.queue?.name ?? t("board.noQueue"), time: shortTime(task.created_at, i18n.language) })}</p><TaskButtons task={task} /></div>
        ))}
      </div>
    </aside>
  );
}

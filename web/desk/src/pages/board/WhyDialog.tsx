// Why nobody has a task yet: in one sentence, then agent by agent, and the way it came.
import type { BoardTask, TaskWhy } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Dialog } from "@seaway/kit/Dialog";
import { Skeleton } from "@seaway/kit/Skeleton";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { whyInFull } from "../../offer/why.ts";
import { clock, secondsSince } from "../shared/format.ts";
import { useProblemWords } from "../shared/problem.ts";
import { useOne } from "../shared/resource.ts";
import { nameOf } from "./Tasks.tsx";
import { sayWaiting, soon } from "./waiting-words.ts";
import "./why.css";

const READ_EVERY_MS = 3_000;

export function WhyDialog({ task, onClose }: { task: BoardTask; onClose: () => void }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const query = useOne<TaskWhy>(`/tasks/${task.id}/why`, { every_ms: READ_EVERY_MS });
  return (
    <Dialog wide title={t("board.why.title", { name: nameOf(t, task) })} closeLabel={t("close")} isOpen onClose={onClose}>
      {query.error && <Banner tone="bad" round>{words(query.error)}</Banner>}
      {query.isPending ? <Skeleton label={t("board.why.title", { name: nameOf(t, task) })} /> : query.data && <Told why={query.data} />}
    </Dialog>
  );
}

function Told({ why }: { why: TaskWhy }) {
  const { t, i18n } = useTranslation("pages");
  const { t: desk } = useTranslation("desk");
  const now = Date.now();
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium" });
  const { waiting } = why;
  return (
    <div className="whytask">
      <p className="lead">{waiting ? sayWaiting(t as unknown as TFunction, waiting, now, soon(i18n.language)) : t(`board.why.over_${why.status}`, { defaultValue: t("board.why.over") })}</p>
      {waiting && waiting.asks.length > 0 && <p className="asks"><span className="t3">{t("board.why.asks")}</span> {waiting.asks.map((one) => <code key={one} className="anywhere">{one}</code>)}</p>}
      {waiting && waiting.others.length > 0 && (
        <table className="whytbl">
          <caption className="sr">{t("board.why.agents")}</caption>
          <tbody>{waiting.others.map((one) => <tr key={one.worker_id}><th scope="row" className="cut">{one.name}</th><td>{desk(`whyNot.${one.rule}`, { defaultValue: one.rule })}</td><td className="t3 anywhere">{one.detail}</td></tr>)}</tbody>
        </table>
      )}
      {waiting && waiting.counted.some((one) => one.workers > waiting.others.filter((other) => other.rule === one.rule).length) && (
        <p className="t2">{waiting.counted.map((one) => desk("whyNot.counted", { reason: desk(`whyNot.${one.rule}`, { defaultValue: one.rule }), workers: one.workers })).join(" · ")}</p>
      )}
      {why.way.length > 0 && <>
        <h3>{t("board.why.way")}</h3>
        <ol className="way">{why.way.map((visit) => <li key={visit.at + visit.because}><time dateTime={visit.at} className="num t3">{time.format(new Date(visit.at))}</time><span>{t(`board.why.because.${visit.because}`, { queue: visit.queue ?? t("board.noQueue"), defaultValue: visit.because })}</span>{visit.ahead > 0 && <span className="t3">{t("board.why.ahead", { count: visit.ahead })}</span>}</li>)}</ol>
      </>}
      {why.offers.length > 0 && <>
        <h3>{t("board.why.offers")}</h3>
        <ol className="way">{why.offers.map((offer) => <li key={offer.reservation_id}><time dateTime={offer.created_at} className="num t3">{time.format(new Date(offer.created_at))}</time><span>{offer.name}: {t(`board.why.offer.${offer.status}`, { defaultValue: offer.status })}{offer.ended_at && offer.status !== "completed" ? ` (${clock(secondsSince(offer.created_at, Date.parse(offer.ended_at)))})` : ""}</span><details><summary>{t("board.why.reasons")}</summary><pre className="t2">{whyInFull(desk as unknown as TFunction, offer.why)}</pre></details></li>)}</ol>
      </>}
    </div>
  );
}

// What would become of a task, moment by moment, if nobody answered.
import type { TaskWhy } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { whyInFull } from "../../offer/why.ts";
import { clock, secondsSince } from "../shared/format.ts";
import { moments } from "./moments.ts";
import { sayWaiting, soon } from "./waiting-words.ts";
import "./why.css";

export function Played({ told }: { told: TaskWhy }) {
  const { t, i18n } = useTranslation("pages");
  const { t: desk } = useTranslation("desk");
  const start = told.way[0]?.at ?? new Date().toISOString();
  const [first] = told.offers;
  const { waiting } = told;
  return (
    <div className="whytask">
      <h3>{t("board.try.result")}</h3>
      <p className="lead">{waiting ? sayWaiting(t as unknown as TFunction, waiting, Date.parse(start), soon(i18n.language)) : first ? t("board.try.first", { name: first.name }) : ""}</p>
      {waiting && waiting.others.length > 0 && (
        <table className="whytbl">
          <caption className="sr">{t("board.why.agents")}</caption>
          <tbody>{waiting.others.map((one) => <tr key={one.worker_id}><th scope="row" className="cut">{one.name}</th><td>{desk(`whyNot.${one.rule}`, { defaultValue: one.rule })}</td><td className="t3 anywhere">{one.detail}</td></tr>)}</tbody>
        </table>
      )}
      <ol className="way">
        {moments(told).map(({ at, visit, offer }) => (
          <li key={`${at}${visit?.because ?? offer?.reservation_id}`}>
            <time dateTime={at} className="num t3">+{clock(secondsSince(start, Date.parse(at)))}</time>
            {visit && <span>{t(`board.why.because.${visit.because}`, { queue: visit.queue ?? t("board.noQueue"), defaultValue: visit.because })}</span>}
            {offer && <span>{t("board.try.offered", { name: offer.name })}{offer.ended_at && <span className="t3"> {t("board.try.missed", { time: clock(secondsSince(offer.created_at, Date.parse(offer.ended_at))) })}</span>}</span>}
            {offer && <details><summary>{t("board.why.reasons")}</summary><pre className="t2">{whyInFull(desk as unknown as TFunction, offer.why)}</pre></details>}
          </li>
        ))}
        {told.status === "canceled" && <li><span className="t2">{t("board.try.ended", { reason: told.reason ?? "" })}</span></li>}
      </ol>
    </div>
  );
}

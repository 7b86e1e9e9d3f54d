// How the first changed agents look before and after.
import type { LineChange } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { useTranslation } from "react-i18next";

export function Changes({ changes, more }: { changes: readonly LineChange[]; more: number }) {
  const { t } = useTranslation("admin");
  if (changes.length === 0) return null;
  return (
    <>
      <table className="changes">
        <caption className="sr">{t("agents.beforeAfter")}</caption>
        <thead><tr><th scope="col">{t("name")}</th><th scope="col">{t("agents.column")}</th><th scope="col">{t("agents.was")}</th><th scope="col">{t("agents.becomes")}</th></tr></thead>
        <tbody>
          {changes.flatMap((change) => told(change).map((cell, at) => (
            <tr key={`${change.line} ${change.name} ${cell.column}`} className={at === 0 ? "first" : ""}>
              {at === 0 && <th scope="row" rowSpan={told(change).length}><span className="cut" title={change.name} dir="auto">{change.name}</span>{change.new && <Badge>{t("agents.isNew")}</Badge>}</th>}
              <td className="mono t3">{cell.column}</td>
              <td dir="auto" className="t3">{said(cell.before) || "–"}</td>
              <td dir="auto">{said(cell.after) || "–"}</td>
            </tr>
          )))}
        </tbody>
      </table>
      {more > 0 && <p className="t3">{t("agents.andMore", { count: more })}</p>}
    </>
  );
}

/** The name of a new agent stands beside its cells already. */
function told(change: LineChange): LineChange["cells"] {
  const others = change.cells.filter((cell) => cell.column !== "name");
  return change.new && others.length > 0 ? others : change.cells;
}

/** Bars between parts may break a line. */
function said(cell: string): string {
  return cell.replaceAll("|", " | ");
}

// A list of things with the chosen one beside it. Wide screens open the first by themselves; narrow ones show one pane at a time.
import { ButtonLink } from "@seaway/kit/Button";
import { PageHead } from "@seaway/kit/PageHead";
import { Skeleton } from "@seaway/kit/Skeleton";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink } from "react-router";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { usePageTitle } from "../../pages/shared/Page.tsx";
import "./admin.css";

export const NEW = "new";
const NARROW_PX = 900;

export interface WorkbenchProps<T> {
  title: string;
  /** Where an item opens, e.g. (id) => `/admin/queues/${id}`. */
  to: (id: string) => string;
  query: Pick<UseQueryResult<T[]>, "data" | "error" | "refetch">;
  row: (item: T) => { id: string; name: string; sub?: ReactNode; start?: ReactNode; end?: ReactNode };
  /** The chosen id, NEW, or undefined for the list alone. */
  chosen: string | undefined;
  addLabel: string;
  /** Shown in place of everything when there is nothing yet. */
  empty: ReactNode;
  /** Tabs of neighbouring lists. */
  above?: ReactNode;
  /** A third pane will come. */
  three?: boolean;
  children: (item: T | null) => ReactNode;
}

export function Workbench<T>({ title, to, query, row, chosen, addLabel, empty, above, three, children }: WorkbenchProps<T>) {
  const { t } = useTranslation("admin");
  usePageTitle(title);
  const items = query.data;
  const item = items?.find((one) => row(one).id === chosen) ?? null;
  const first = items?.[0];
  const isEmpty = items?.length === 0 && chosen !== NEW;
  if (!chosen && first !== undefined && innerWidth >= NARROW_PX) return <Navigate to={to(row(first).id)} replace />;
  if (chosen && chosen !== NEW && items && !item) return <Navigate to={to("")} replace />;
  return (
    <main className={`sheet workbench ${three && (item || chosen === NEW) ? "three" : ""} ${chosen ? "" : "at-list"}`}>
      <section className="pane" aria-label={title}>
        <PageHead title={title} count={items?.length}>{!isEmpty && <ButtonLink size="s" icon="plus" href={to(NEW)}>{addLabel}</ButtonLink>}</PageHead>
        {above}
        <nav className="scroll" aria-label={title}>
          {query.error && <Failed thrown={query.error} retry={() => void query.refetch()} />}
          {!items && !query.error && <Skeleton label={t("loading")} />}
          {isEmpty && <div className="only-narrow-block">{empty}</div>}
          <ul className="wb-list">
            {items?.map((one) => {
              const shown = row(one);
              return (
                <li key={shown.id}>
                  <NavLink to={to(shown.id)} className={shown.start ? "wb-row" : "wb-row bare"}>
                    {shown.start}
                    <span style={{ minWidth: 0 }}><span className="nm cut" title={shown.name}>{shown.name}</span>{shown.sub && <span className="sub cut" title={typeof shown.sub === "string" ? shown.sub : undefined}>{shown.sub}</span>}</span>
                    {shown.end}
                  </NavLink>
                </li>
              );
            })}
          </ul>
        </nav>
      </section>
      {isEmpty && <section className="pane" aria-label={title}>{empty}</section>}
      {items && (item || chosen === NEW) && children(item)}
    </main>
  );
}

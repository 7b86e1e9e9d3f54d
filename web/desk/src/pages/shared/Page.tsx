// A page of one pane: the sheet, its head, and what scrolls below. The browser's title names the place.
import { PageHead } from "@seaway/kit/PageHead";
import { useEffect, type ReactNode } from "react";
import { useBrand } from "../../session/brand.ts";

export function Page({ title, count, actions, children, aside }: { title: string; count?: number; actions?: ReactNode; children: ReactNode; aside?: ReactNode }) {
  usePageTitle(title);
  return (
    <main className={`sheet ${aside ? "with-aside" : ""}`}>
      <section className="pane" aria-label={title}>
        <PageHead title={title} count={count}>{actions}</PageHead>
        <div className="scroll">{children}</div>
      </section>
      {aside}
    </main>
  );
}

export function usePageTitle(title: string): void {
  const { name } = useBrand();
  useEffect(() => {
    document.title = `${title} · ${name || "Seaway"}`;
  }, [title, name]);
}

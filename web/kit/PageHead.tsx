// The 48 px head of a pane: back, sign, title, a quiet count or word, and what one can do on the right.
import { Link } from "react-aria-components";
import type { ReactNode } from "react";
import { Icon } from "./Icon.tsx";

export interface PageHeadProps {
  title: ReactNode;
  level?: 1 | 2;
  count?: number;
  note?: ReactNode;
  start?: ReactNode;
  /** `always`: also where the list stays in sight beside it. */
  back?: { href: string; label: string; always?: boolean };
  children?: ReactNode;
}

export function PageHead({ title, level = 1, count, note, start, back, children }: PageHeadProps) {
  const Title = level === 1 ? "h1" : "h2";
  return (
    <header className="head">
      {back && <Link href={back.href} aria-label={back.label} className={`ib s back${back.always ? " always" : ""}`} style={{ marginLeft: -8 }}><Icon name="left" /></Link>}
      {start}
      <Title>{title}</Title>
      {count !== undefined && <span className="t3 num">{count}</span>}
      {note && <span className="t3 small cut note">{note}</span>}
      <span className="grow" />
      {children}
    </header>
  );
}

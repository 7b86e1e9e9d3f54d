// An empty screen says why it is empty and what comes next. Five kinds, one drawing each, one accent stroke.
import type { ReactNode } from "react";

const WAVES = "M12 62c8-6 16-6 24 0s16 6 24 0 16-6 24 0 16 6 24 0 16-6 24 0";
const drawings = {
  nothing: <><path d={`${WAVES}M36 76c6-4 12-4 18 0s12 4 18 0 12-4 18 0 12 4 18 0`} /><path className="sf" d="M61 56h22l-6-26H67Z" /><path className="a" d="M63 48h18M65 39h14" /><path d="M72 30V20" /><circle className="af" cx="72" cy="16" r="4" /><path className="a" d="M60 10a14 14 0 0 0 0 12M84 10a14 14 0 0 1 0 12" /></>,
  done: <><path d="M16 58h112M28 68h60M98 68h18M44 78h56" /><path className="sf a" d="M50 58a22 22 0 0 1 44 0Z" /><path className="a" d="M72 24v-8M46 34l-6-6M98 34l6-6M38 50h-8M106 50h8" /></>,
  noMatch: <><path d="M12 66c8-6 16-6 24 0s16 6 24 0 16-6 24 0 16 6 24 0 16-6 24 0" /><circle className="sf" cx="70" cy="38" r="20" /><path d="m85 53 15 15" strokeWidth="4" /><path className="a" d="M56 40c4-4 8-4 12 0s8 4 12 0" strokeDasharray="3 4" /></>,
  notAllowed: <><path d="M12 72c8-5 16-5 24 0s16 5 24 0 16-5 24 0 16 5 24 0 16-5 24 0" /><path className="nf" d="M34 24h12v44H34ZM98 24h12v44H98Z" /><path d="M34 66V24h12v42M98 66V24h12v42" /><path className="sf" d="M46 34h26v28H46ZM72 34h26v28H72Z" /><path d="M46 34l26 28M98 34 72 62" /><rect className="sf a" x="64" y="42" width="16" height="12" rx="3" /><path className="a" d="M68 42v-4a4 4 0 0 1 8 0v4" /></>,
  offline: <><path d={WAVES} /><path d="M30 78h84" strokeDasharray="2 6" /><path className="sf" d="M50 54 56 44h34l4 10c-10 6-34 6-44 0Z" /><path d="M72 44V18" /><path className="a" d="M72 20c10 2 14 8 15 18H72" /></>,
} satisfies Record<string, ReactNode>;

export function EmptyState({ kind, title, children, actions }: { kind: keyof typeof drawings; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      <svg className="art" viewBox="0 0 144 88" aria-hidden="true">{drawings[kind]}</svg>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

/** Accent when it wants you, quiet when it only counts. `label` says what is counted. */
export function Counter({ count, quiet, label }: { count: number; quiet?: boolean; label?: string }) {
  return <span className={`cnt ${quiet ? "quiet" : ""}`.trim()} aria-label={label} role={label ? "img" : undefined}>{count > 99 ? "99+" : count}</span>;
}

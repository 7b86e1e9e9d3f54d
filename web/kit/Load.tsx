// How full an agent is, as squares: filled is busy. `label` says it in words, e.g. "3 of 4".
export function Load({ open, capacity, label }: { open: number; capacity: number; label: string }) {
  const shown = Math.max(open, capacity, 1);
  if (shown > 12) return <span className="num">{label}</span>;
  return (
    <span className="load" role="img" aria-label={label} title={label}>
      {Array.from({ length: shown }, (_, at) => <i key={at} className={at < open ? "on" : ""} />)}
    </span>
  );
}

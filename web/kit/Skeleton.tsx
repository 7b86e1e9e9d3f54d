// Where rows will stand. Shown only after 150 ms, so that what comes at once does not flicker.
import { useEffect, useState } from "react";

const ROWS = [[44, 72], [58, 64], [38, 80], [50, 56], [42, 70]] as const;

export function Skeleton({ label, rows = 5 }: { label: string; rows?: 1 | 2 | 3 | 4 | 5 }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-busy="true" aria-label={label} style={{ paddingTop: 8 }}>
      {late && ROWS.slice(0, rows).map(([first, second], at) => (
        <div key={first} className="sk" style={{ opacity: at < 3 ? 1 : at === 3 ? 0.7 : 0.4 }}>
          <i className="c" /><div><i style={{ width: `${first}%` }} /><i style={{ width: `${second}%` }} /></div><i />
        </div>
      ))}
    </div>
  );
}

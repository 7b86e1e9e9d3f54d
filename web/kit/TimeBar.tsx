// The time an offer has left, as a bar that only scales; amber in the last third. With reduced motion it steps once per second.
import { useEffect, useState } from "react";

/** `from_ms` and `until_ms`: Unix milliseconds on the server's clock; `now` reads that clock. */
export function TimeBar({ from_ms, until_ms, now = Date.now }: { from_ms: number; until_ms: number; now?: () => number }) {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const calm = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
    const timer = setInterval(() => setAt(now()), calm ? 1000 : 100);
    return () => clearInterval(timer);
  }, [now]);
  const left = Math.max(0, Math.min(1, (until_ms - at) / Math.max(1, until_ms - from_ms)));
  return <span className={`bar ${left < 1 / 3 ? "soon" : ""}`.trim()} aria-hidden="true"><i style={{ transform: `scaleX(${left})` }} /></span>;
}

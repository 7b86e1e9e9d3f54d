import { useEffect, useState } from "react";

/** The value once it has not changed for `quiet_ms`. */
export function useSettled(value: string, quiet_ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), quiet_ms);
    return () => clearTimeout(timer);
  }, [value, quiet_ms]);
  return settled;
}

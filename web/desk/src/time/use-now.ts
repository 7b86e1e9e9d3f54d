import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../state/desk.tsx";
import type { TimeWords } from "./format.ts";

/** The server's now in milliseconds, read again every `every_ms`. */
export function useNow(every_ms: number): number {
  const skew = useDesk((state) => state.skew_ms);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every_ms);
    return () => clearInterval(timer);
  }, [every_ms]);
  return now + skew;
}

/** A clock that reads the server's time, for bars that tick by themselves. */
export function useServerClock(): () => number {
  const skew = useDesk((state) => state.skew_ms);
  return useCallback(() => Date.now() + skew, [skew]);
}

export function useTimeWords(): TimeWords {
  const { t } = useTranslation();
  return {
    now: t("time.now"),
    minutes: (n) => t("time.minutes", { n }),
    hours: (h, m) => t("time.hours", { h, m: String(m).padStart(2, "0") }),
    days: (n) => t("time.days", { count: n }),
    seconds: (n) => t("time.seconds", { n }),
  };
}

// "Read" is a promise to the customer: it is given only when the tab is visible and the message itself stands in the scrolled window.
import type { Message } from "@seaway/api/types";
import { useEffect, type RefObject } from "react";
import { useDesk, useLive } from "../state/desk.tsx";

export function useSeen(scroller: RefObject<HTMLDivElement | null>, conversationId: string, items: Message[], mine: boolean): void {
  const live = useLive();
  const up = useDesk((state) => state.line.up);
  const last = items.findLast((m) => m.direction === "in")?.seq ?? 0;

  useEffect(() => {
    const node = scroller.current;
    if (!node || !mine || last === 0 || !("IntersectionObserver" in window)) return;
    const inView = new Set<Element>();
    function tell(): void {
      if (document.visibilityState !== "visible") return;
      const seq = Math.max(0, ...[...inView].map((element) => Number((element as HTMLElement).dataset["seq"] ?? 0)));
      // A collapsed bot part hides older words; the largest number in sight is what counts.
      if (seq === 0 || (live.store.get().seen[conversationId] ?? 0) >= seq) return;
      if (live.signal({ type: "seen", conversation_id: conversationId, seq })) live.dispatch({ type: "seen", conversation_id: conversationId, seq });
    }
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (entry.isIntersecting) inView.add(entry.target);
          else inView.delete(entry.target);
        }
        tell();
      },
      { root: node, threshold: 0.5 },
    );
    node.querySelectorAll("[data-seq]").forEach((element) => observer.observe(element));
    document.addEventListener("visibilitychange", tell);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", tell);
    };
  }, [scroller, conversationId, last, mine, live, up]);
}

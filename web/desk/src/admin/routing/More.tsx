// What is seldom needed. It is open where something stands in it, and opens by itself for what the server found wrong there.
import { useEffect, useState, type ReactNode } from "react";

export function More({ label, isSet, fault, children }: { label: string; isSet: boolean; fault: object | null; children: ReactNode }) {
  const [open, setOpen] = useState(isSet);
  useEffect(() => { if (fault) setOpen(true); }, [fault]);
  return (
    <details className="wf-more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}</summary>
      {children}
    </details>
  );
}

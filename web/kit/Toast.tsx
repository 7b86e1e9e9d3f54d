// Draws the toast of `toasts.ts`, bottom left, with the seconds left. Mount once. The time stands still under the pointer.
import { useEffect, useState, useSyncExternalStore } from "react";
import { Icon } from "./Icon.tsx";
import { KeyCap } from "./KeyCap.tsx";
import { closeToast, toastStore, undoToast, type Toast } from "./toasts.ts";

/** `seconds` writes what is left, e.g. (8) → "8 s". */
export function Toasts({ seconds = (left) => `${left} s` }: { seconds?: (left: number) => string }) {
  const shown = useSyncExternalStore(toastStore.subscribe, toastStore.read);
  return <div className="toasts" role="status">{shown && <ToastCard key={shown.id} toast={shown} seconds={seconds} />}</div>;
}

function ToastCard({ toast, seconds }: { toast: Toast; seconds: (left: number) => string }) {
  const [left, setLeft] = useState(toast.stays_s);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    if (left <= 0) { closeToast(toast.id); return; }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left, held, toast.id]);
  return (
    <div className="toast" onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
      <Icon name="check" />
      <span className="txt">{toast.text}</span>
      {toast.undo && (
        <>
          <button type="button" onClick={() => undoToast()} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>{toast.undo.label} <KeyCap keys={["Z"]} /></button>
          <span className="left num" aria-hidden="true">{seconds(left)}</span>
        </>
      )}
    </div>
  );
}

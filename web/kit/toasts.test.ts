import { expect, it, vi } from "vitest";
import { closeToast, toast, toastStore, undoToast } from "./toasts.ts";

it("shows one toast at a time and undoes only the one shown", () => {
  const first = vi.fn();
  const second = vi.fn();
  toast("Moved", { undo: { label: "Undo", run: first } });
  toast("Assigned", { undo: { label: "Undo", run: second } });
  expect(toastStore.read()?.text).toBe("Assigned");
  expect(undoToast()).toBe(true);
  expect(first).not.toHaveBeenCalled();
  expect(second).toHaveBeenCalledOnce();
  expect(undoToast()).toBe(false);
});

it("does not close a newer toast when an older one runs out", () => {
  toast("Old");
  const old = toastStore.read()?.id ?? 0;
  toast("New");
  closeToast(old);
  expect(toastStore.read()?.text).toBe("New");
});

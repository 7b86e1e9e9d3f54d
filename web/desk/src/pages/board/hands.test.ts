import { expect, it } from "vitest";
import { ending, kindOf, othersFound } from "./hands.ts";

it("ends a task as what it is", () => {
  const task = { id: "WT1", conversation_id: null };
  expect(kindOf(task)).toBe("task");
  expect(ending({ ...task, status: "pending" })).toEqual({ path: "/tasks/WT1/cancel", body: { reason: "supervisor" } });
  expect((["assigned", "wrapping"] as const).map((status) => ending({ ...task, status }).path)).toEqual(["/tasks/WT1/complete", "/tasks/WT1/complete"]);
  expect(ending({ ...task, status: "assigned", conversation_id: "CH1" })).toEqual({ path: "/conversations/CH1/close", body: {} });
});

it("finds other queues by name, and not more than a list holds", () => {
  const queues = Array.from({ length: 90 }, (_, no) => ({ id: `WQ${no}`, name: no < 80 ? `Sales ${no}` : `Returns ${no}` }));
  expect(othersFound(queues, "WQ81", " returns 8").map((one) => one.id)).toEqual(["WQ80", "WQ82", "WQ83", "WQ84", "WQ85", "WQ86", "WQ87", "WQ88", "WQ89"]);
  expect(othersFound(queues, null, "")).toHaveLength(50);
});

import { expect, test } from "vitest";
import { moments } from "./moments.ts";

const why = { filter: null, queue: null, chosen: [], others: [], counted: [] };
const offer = (name: string, created_at: string) => ({ reservation_id: `WR${name}`, worker_id: `WK${name}`, name, status: "timeout", created_at, ended_at: null, why });
const visit = (queue: string, at: string) => ({ queue, at, because: "matched", ahead: 0 });

test("a task comes to a queue before it is offered there", () => {
  const [start, later] = ["2026-11-22T10:00:00.000Z", "2026-11-22T10:01:00.000Z"];
  const told = moments({ way: [visit("Billing", start), visit("All", later)], offers: [offer("Ben", later), offer("Ana", start)] });
  expect(told.map((one) => one.visit?.queue ?? one.offer?.name)).toEqual(["Billing", "Ana", "All", "Ben"]);
});

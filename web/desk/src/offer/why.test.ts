import { expect, test } from "vitest";
import { wanted, whyInFull, whyLine } from "./why.ts";

const t = ((key: string) => key) as unknown as Parameters<typeof whyLine>[0];
/** Came by no filter and through no queue. */
const direct = { filter: null, queue: null, counted: [] };

test("an expression is read for what it asks, languages by name", () => {
  expect(wanted("languages HAS 'ko' AND department == \"sales\"", "en")).toEqual(["Korean", "sales"]);
  expect(wanted("languages HAS 'de'", "de")).toEqual(["Deutsch"]);
  expect(wanted("1==1", "en")).toEqual([]);
  expect(wanted("task.language IN worker.languages", "en", { language: "de" })).toEqual(["German"]);
  expect(wanted("task.size > 3 AND task.none == 1", "en", { size: 4 })).toEqual([]);
});

test("the line says what decided and leaves out what goes without saying", () => {
  const chosen = [{ rule: "skill", detail: "1==1" }, { rule: "skill", detail: "languages HAS 'de'" }, { rule: "activity", detail: "Available" }, { rule: "capacity", detail: "chat: 0 of 1 in use" }, { rule: "order", detail: "longest idle: 27 s" }];
  const other = { worker_id: "WK2", name: "Ben", detail: "" };
  expect(whyLine(t, { ...direct, chosen, others: [{ ...other, rule: "order" }] }, "en")).toBe("German. why.order");
  expect(whyLine(t, { ...direct, chosen, others: [{ ...other, rule: "skill" }] }, "en")).toBe("German");
  expect(whyLine(t, { ...direct, chosen: chosen.slice(4), others: [] }, "en")).toBe("why.order");
  expect(whyLine(t, { ...direct, chosen: [{ rule: "skill", detail: "asked for directly" }], others: [] }, "en")).toBe("why.direct");
  expect(whyLine(t, { ...direct, chosen: [], others: [] }, "en")).toBe("");
});

const told = ((key: string, values?: Record<string, string>) => (values ? `${key} ${Object.values(values).join(" ")}` : key)) as unknown as typeof t;
const idle = { rule: "order", detail: "longest idle: 27 s" };
const bySales = { rule: "order", detail: "worker.skills.sales DESC" };
const ben = { worker_id: "WK2", name: "Ben", rule: "order", detail: "idle: 90 s" };

test("where the workflow orders agents, the line names its order instead of the time without work", () => {
  expect(whyLine(told, { ...direct, chosen: [bySales, idle], others: [ben] }, "en")).toBe("why.orderBy worker.skills.sales DESC");
  expect(whyLine(told, { ...direct, chosen: [{ rule: "skill", detail: "languages HAS 'de'" }, bySales, idle], others: [ben] }, "en")).toBe("German. why.orderBy worker.skills.sales DESC");
  expect(whyLine(told, { ...direct, chosen: [idle], others: [ben] }, "en")).toBe("why.order");
});

test("in full a colleague stood behind by the same order", () => {
  expect(whyInFull(told, { ...direct, chosen: [bySales, idle], others: [ben, { ...ben, name: "Mia", rule: "capacity", detail: "chat: 1 of 1 in use" }] }).split("\n")).toEqual(["why.orderBy worker.skills.sales DESC", "Ben: whyNot.orderBy worker.skills.sales DESC", "Mia: capacity (chat: 1 of 1 in use)"]);
  expect(whyInFull(told, { ...direct, chosen: [idle], others: [ben] })).not.toContain("orderBy");
});

test("the line begins with the workflow's filter and the queue that brought the offer", () => {
  const why = { ...direct, filter: "VIP", queue: "Everyone", chosen: [{ rule: "skill", detail: "worker.vip == true" }, idle], others: [ben] };
  expect(whyLine(told, why, "en")).toBe("why.brought VIP Everyone: why.order");
  expect(whyLine(told, { ...why, filter: "Sales", queue: "Sales" }, "en")).toBe("why.filter Sales: why.order");
  expect(whyLine(told, { ...why, filter: null, queue: "Sales", others: [] }, "en")).toBe("why.queue Sales: why.order");
  expect(whyInFull(told, why).split("\n")[0]).toBe("why.brought VIP Everyone");
});

test("where there are too many colleagues to name, they are counted by what was against them", () => {
  const counted = [{ rule: "skill", workers: 14_210 }, { rule: "order", workers: 3 }];
  expect(whyInFull(told, { ...direct, chosen: [idle], others: [ben], counted }).split("\n").slice(-2)).toEqual(["whyNot.counted skill 14210", "whyNot.counted order 3"]);
});

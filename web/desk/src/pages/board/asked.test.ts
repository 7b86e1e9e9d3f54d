import { expect, it } from "vitest";
import { boardPath, FIRST } from "./asked.ts";

it("asks for what differs from the usual", () => {
  expect(boardPath(FIRST)).toBe("/board");
  expect(boardPath({ ...FIRST, queue: " vip ", queue_sort: "name", queue_page: 2, agent_state: "away" })).toBe("/board?queue=vip&queue_page=2&queue_sort=name&agent_state=away");
  expect(boardPath({ ...FIRST, agent: "an" }, 50)).toBe("/board?agent=an&rows=50");
});

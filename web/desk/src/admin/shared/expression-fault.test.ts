import { expect, it } from "vitest";
import { Refusal } from "../../api/http.ts";
import { placeAt, placeOf, pointAt } from "./expression-fault.ts";
import { pointerOf, textProblems } from "./text-problems.ts";

const refusal = (params?: Record<string, number>, field = "/target_workers") => new Refusal({ type: "", title: "", status: 422, code: "bad_expression", detail: "", field, params });

it("takes line and column as they come, and counts them from an offset in bytes", () => {
  expect(placeOf(refusal({ line: 2, column: 7 }), "")).toEqual({ line: 2, column: 7 });
  expect(placeAt('a == "한"\nb', 11)).toEqual({ line: 2, column: 1 });
  expect(placeOf(refusal(), "x")).toBeNull();
});

it("points below the wrong sign", () => expect(pointAt("ab\nlanguages HAZ 1", { line: 2, column: 11 })).toBe(`languages HAZ 1\n${" ".repeat(10)}^`));

it("reads a router's path and a pointer alike", () => {
  expect(pointerOf("configuration.task_routing.filters[0].targets[1].queue")).toBe("/configuration/task_routing/filters/0/targets/1/queue");
  expect(textProblems(refusal({ line: 1, column: 4 }, "configuration.task_routing.filters[0].expression"), "/configuration", "{}", "No")).toEqual([{ message: "No", path: "/task_routing/filters/0/expression", line: undefined, tone: "bad" }]);
  expect(textProblems(refusal({}, "/name"), "/configuration", "{}", "No")).toEqual([]);
});

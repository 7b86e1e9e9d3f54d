import { expect, it } from "vitest";
import { levelUrgency, waitUrgency } from "./thresholds.ts";

it("turns amber at two minutes and red at five", () => {
  expect([119, 120, 299, 300].map(waitUrgency)).toEqual(["", "warn", "warn", "bad"]);
});

it("a service level speaks up below its aim", () => {
  expect([null, 100, 80, 79, 40, 39, 0].map((percent) => levelUrgency(percent, 80))).toEqual(["", "", "", "warn", "warn", "bad", "bad"]);
});

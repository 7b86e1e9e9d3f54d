import { expect, it } from "vitest";
import { lineOf, lineRange, mapJson, pretty } from "./json-map.ts";

const flow = `{
  "states": [
    { "name": "Trigger" },
    {
      "name": "Ask \\"it\\"",
      "a/b": [1, -2.5e3, null, true]
    }
  ]
}`;

it("knows the line of every value", () => {
  const map = mapJson(flow);
  expect(map.fault).toBeNull();
  expect([lineOf(map, "#/states/1"), lineOf(map, "/states/1/name"), lineOf(map, "$.states[1].name"), lineOf(map, "states.0"), lineOf(map, "/states/1/a~1b/2")]).toEqual([4, 5, 5, 3, 6]);
});

it("leads to the nearest parent of what is missing", () => {
  expect(lineOf(mapJson(flow), "#/states/1/transitions/0")).toBe(4);
  expect(lineOf(mapJson(flow), "#/nowhere")).toBeNull();
});

it.each([
  ['{"a": 1,}', 1, 9, "unexpected"], ['{\n "a" 1}', 2, 6, "unexpected"], ['{"a": [1, 2', 1, 12, "end"], ["[01]", 1, 3, "unexpected"], ['{"a": "x\ny"}', 1, 7, "unexpected"], ["", 1, 1, "end"], ["{} x", 1, 4, "unexpected"],
])("finds the fault in %j", (text, line, column, kind) => expect(mapJson(text).fault).toMatchObject({ line, column, kind }));

it("agrees with the parser about what is JSON", () => {
  for (const text of ['{"a":[{}]}', "[]", "12", '"x"', "{a:1}", "[1 2]", "tru", '"\\x"', "nul", "-", "1.", "[1,]", "{}{}"]) {
    let valid = true;
    try { JSON.parse(text); } catch { valid = false; }
    expect([text, mapJson(text).fault === null]).toEqual([text, valid]);
  }
});

it("does not overflow on absurd nesting", () => expect(mapJson("[".repeat(100_000)).fault).not.toBeNull());

it("selects a whole line", () => {
  expect(lineRange("ab\ncd\nef", 2)).toEqual([3, 5]);
  expect(lineRange("ab", 9)).toEqual([2, 2]);
});

it("tidies JSON and leaves other texts alone", () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty("{a}")).toBeNull();
});

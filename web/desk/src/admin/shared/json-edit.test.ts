import { expect, it } from "vitest";
import { insertItem, removeItem, setKey, swapItems } from "./json-edit.ts";

const TEXT = `{
  "b": 1.0,
  "list": [
    { "x": 1 },
    { "x": 2,  "odd":   true }
  ],
  "7": "seven",
  "empty": {}
}`;

it("rewrites one value and leaves every other sign alone", () => {
  expect(setKey(TEXT, "/list/1", "x", "two")).toBe(TEXT.replace('"x": 2', '"x": "two"'));
  expect(setKey(TEXT, "", "b", 12)).toBe(TEXT.replace("1.0", "12"));
});

it("puts a new key where it belongs, in the manner of its neighbours", () => {
  expect(setKey(TEXT, "/list/1", "y", 3)).toBe(TEXT.replace("true }", `true,  "y": 3 }`));
  expect(setKey(TEXT, "/list/1", "w", 3, ["w", "x"])).toBe(TEXT.replace('{ "x": 2', '{ "w": 3, "x": 2'));
  expect(setKey(TEXT, "", "a", { of: [1] }, ["a", "b"])).toBe(TEXT.replace('{\n  "b"', '{\n  "a": {\n    "of": [\n      1\n    ]\n  },\n  "b"'));
  expect(setKey(TEXT, "/empty", "k", null)).toBe(TEXT.replace("{}", '{\n    "k": null\n  }'));
});

it("takes a key away with its comma", () => {
  expect(setKey(TEXT, "/list/0", "x", undefined)).toBe(TEXT.replace('{ "x": 1 }', "{}"));
  expect(setKey(TEXT, "/list/1", "odd", undefined)).toBe(TEXT.replace(',  "odd":   true', ""));
  expect(setKey(TEXT, "", "b", undefined)).toBe(TEXT.replace('"b": 1.0,\n  ', ""));
  expect(setKey('{"a":1,"a":2,"b":3}', "", "a", undefined)).toBe('{"b":3}');
  expect(setKey(TEXT, "", "nowhere", undefined)).toBe(TEXT);
});

it("puts items into lists, takes them out and swaps them", () => {
  expect(insertItem(TEXT, "/list", 0, { x: 0 })).toBe(TEXT.replace('{ "x": 1 }', '{\n      "x": 0\n    },\n    { "x": 1 }'));
  expect(insertItem(TEXT, "/list", 2, 5)).toBe(TEXT.replace("true }", "true },\n    5"));
  expect(insertItem("[]", "", 0, { x: [1] })).toBe('[{ "x": [ 1 ] }]');
  expect(insertItem('{"l":[1]}', "/l", 1, "a\nb")).toBe('{"l":[1,"a\\nb"]}');
  expect(removeItem(TEXT, "/list", 0)).toBe(TEXT.replace('{ "x": 1 },\n    ', ""));
  expect(removeItem(TEXT, "/list", 1)).toBe(TEXT.replace(',\n    { "x": 2,  "odd":   true }', ""));
  expect(removeItem("[ 1 ]", "", 0)).toBe("[]");
  expect(swapItems(TEXT, "/list", 1, 0)).toBe(TEXT.replace('{ "x": 1 },\n    { "x": 2,  "odd":   true }', '{ "x": 2,  "odd":   true },\n    { "x": 1 }'));
});

it("changes nothing in what is not JSON, or not there", () => {
  for (const text of ['{"a": ', "", "[1,]"]) expect([setKey(text, "", "a", 1), insertItem(text, "", 0, 1), removeItem(text, "", 0), swapItems(text, "", 0, 1)]).toEqual([text, text, text, text]);
  expect([setKey(TEXT, "/list", "a", 1), insertItem(TEXT, "/empty", 0, 1), swapItems(TEXT, "/list", 1, 2)]).toEqual([TEXT, TEXT, TEXT]);
});

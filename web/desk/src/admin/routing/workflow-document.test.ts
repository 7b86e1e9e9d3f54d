import { expect, it } from "vitest";
import { addFilter, addTarget, at, blankDocument, moveFilter, moveTarget, readRules, removeFilter, removeTarget, setFilterExpression, setFilterName, setOtherQueue, setTarget, type Rules } from "./workflow-document.ts";

const TEXT = `{
  "note": "kept",
  "task_routing": {
    "filters": [
      {
        "friendly_name": "Old",
        "x-colour": "blue",
        "expression": "a == 1",
        "targets": [
          { "queue": "WQ1", "timeout": "30", "x": [1, 2.0] },
          {},
          { "queue": "WQ2", "priority": 5, "known_worker_sid": "task.agent" }
        ]
      },
      { "filter_friendly_name": "Sales", "targets": [ { "queue": "WQ2" } ] }
    ],
    "default_filter": { "priority": 1, "queue": "WQ1" }
  }
}`;
const rules = (text: string) => readRules(text) as Rules;

it("reads what the form shows, and says what else is there", () => {
  const { filters, other } = rules(TEXT);
  expect(filters.map(({ name, expression, others, targets }) => [name, expression, others, targets.length])).toEqual([["Old", "a == 1", ["x-colour"], 3], ["Sales", "", [], 1]]);
  expect(filters[0]?.targets.map(({ queue, timeout, priority, known_worker_sid, others }) => [queue, timeout, priority, known_worker_sid, others])).toEqual([["WQ1", "30", "", "", ["x"]], ["", "", "", "", []], ["WQ2", "", "5", "task.agent", []]]);
  expect([other?.queue, other?.priority]).toEqual(["WQ1", "1"]);
  expect(rules("{}")).toEqual({ filters: [], other: null });
  expect(rules('{"task_routing":{"filters":null}}')).toEqual({ filters: [], other: null });
});

it.each(["{", "", '{"task_routing":{"filters":[}}'])("has no form for %j, which is no JSON", (text) => expect(readRules(text)).toBe("json"));
it.each(["[]", "1", '{"task_routing":[]}', '{"task_routing":{"filters":{}}}', '{"task_routing":{"filters":[1]}}', '{"task_routing":{"filters":[{"targets":{}}]}}', '{"task_routing":{"default_filter":"WQ1"}}'])("has no form for %j, which is no workflow", (text) => expect(readRules(text)).toBe("shape"));

it("sets a field in place and leaves the rest of the text alone", () => {
  expect(setFilterExpression(TEXT, 0, 'b == "2"')).toBe(TEXT.replace('"a == 1"', String.raw`"b == \"2\""`));
  expect(setFilterName(TEXT, 0, "New")).toBe(TEXT.replace('"friendly_name": "Old"', '"friendly_name": "New"'));
  expect(setTarget(TEXT, 0, 0, "timeout", "45")).toBe(TEXT.replace('"timeout": "30"', '"timeout": 45'));
  expect(setTarget(TEXT, 0, 0, "queue", "WQ9")).toBe(TEXT.replace('"WQ1", "timeout"', '"WQ9", "timeout"'));
  expect(setTarget(TEXT, 0, 0, "timeout", "{{s}}")).toBe(TEXT.replace('"timeout": "30"', '"timeout": "{{s}}"'));
});

it("puts a new key at its usual place", () => {
  expect(setTarget(TEXT, 0, 0, "expression", "task.a == worker.a")).toBe(TEXT.replace('"WQ1", "timeout"', '"WQ1", "expression": "task.a == worker.a", "timeout"'));
  expect(setFilterExpression(TEXT, 1, "c")).toBe(TEXT.replace('"Sales", "targets"', '"Sales", "expression": "c", "targets"'));
  expect(at(setTarget(TEXT, 0, 1, "skip_if", "1==1"), "/task_routing/filters/0/targets/1")).toEqual({ skip_if: "1==1" });
});

it("takes the key of an empty field away", () => {
  expect(setTarget(TEXT, 0, 0, "timeout", "")).toBe(TEXT.replace(' "timeout": "30",', ""));
  expect(setFilterName(TEXT, 1, "")).toBe(TEXT.replace('"filter_friendly_name": "Sales", ', ""));
  expect(setFilterExpression(TEXT, 1, "")).toBe(TEXT);
});

it("adds, moves and removes filters", () => {
  const more = addFilter(TEXT);
  expect(more.startsWith(TEXT.slice(0, TEXT.indexOf("\n    ],")))).toBe(true);
  expect(at(more, "/task_routing/filters/2")).toEqual({ targets: [{}] });
  const moved = moveFilter(TEXT, 0, 1);
  expect(rules(moved).filters.map(({ name }) => name)).toEqual(["Sales", "Old"]);
  expect(moveFilter(moved, 1, 0)).toBe(TEXT);
  expect(rules(removeFilter(TEXT, 0)).filters).toEqual([rules(TEXT).filters[1]]);
  expect(removeFilter(removeFilter(TEXT, 1), 0)).toContain('"filters": [],\n    "default_filter": { "priority": 1, "queue": "WQ1" }');
  expect([moveFilter(TEXT, 1, 2), removeFilter(TEXT, 2)]).toEqual([TEXT, TEXT]);
});

it("adds, moves and removes targets", () => {
  expect(addTarget(TEXT, 1)).toBe(TEXT.replace('[ { "queue": "WQ2" } ]', '[ { "queue": "WQ2" }, {} ]'));
  expect(rules(moveTarget(TEXT, 0, 2, 1)).filters[0]?.targets.map(({ queue }) => queue)).toEqual(["WQ1", "WQ2", ""]);
  expect(moveTarget(moveTarget(TEXT, 0, 0, 1), 0, 0, 1)).toBe(TEXT);
  expect(removeTarget(TEXT, 0, 1)).toBe(TEXT.replace("          {},\n", ""));
});

it("says where everything else goes", () => {
  expect(setOtherQueue(TEXT, "WQ2")).toBe(TEXT.replace('1, "queue": "WQ1"', '1, "queue": "WQ2"'));
  const none = setOtherQueue(TEXT, null);
  expect([rules(none).other, at(none, "/note")]).toEqual([null, "kept"]);
  expect(rules(setOtherQueue(none, "WQ3")).other?.queue).toBe("WQ3");
});

it("makes what is missing on the way", () => {
  expect(JSON.parse(setOtherQueue("{}", "WQ1"))).toEqual({ task_routing: { default_filter: { queue: "WQ1" } } });
  expect(JSON.parse(addFilter('{"task_routing":{"default_filter":{}}}'))).toEqual({ task_routing: { filters: [{ targets: [{}] }], default_filter: {} } });
  expect(at(addTarget('{"task_routing":{"filters":[{"targets":null}]}}', 0), "/task_routing/filters/0/targets")).toEqual([{}]);
});

it("changes nothing while the JSON is broken", () => {
  const broken = TEXT.slice(0, -1);
  expect([addFilter(broken), setTarget(broken, 0, 0, "queue", "x"), setOtherQueue(broken, "x"), setOtherQueue(broken, null)]).toEqual([broken, broken, broken, broken]);
});

it("begins with a queue for everything", () => {
  expect(rules(blankDocument("WQ1"))).toMatchObject({ filters: [], other: { queue: "WQ1" } });
});

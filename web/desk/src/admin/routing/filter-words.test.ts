import { expect, it } from "vitest";
import en from "../../i18n/admin.en.json";
import { filterWords } from "./filter-words.ts";
import { readRules, type Rules } from "./workflow-document.ts";

const words = en.workflows.form;
const t = ((key: string, values: Record<string, string> = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{{${name}}}`, value), words[key.split(".").at(-1) as "when"])) as never;
const names: Record<string, string> = { WQ1: "Sales", WQ2: "Everyone" };
const said = (filter: object) => {
  const { filters } = readRules(JSON.stringify({ task_routing: { filters: [filter] } })) as Rules;
  const { when, way } = filterWords(filters[0]!, (id) => names[id] ?? id, t);
  return `${when} → ${way}`;
};

it("says a filter in one sentence", () => {
  expect(said({ expression: "language ==\n  'de'", targets: [{ queue: "WQ1", timeout: 30 }, { queue: "WQ2" }] })).toBe("If language == 'de' → waits in Sales for 30 s, then in Everyone");
  expect(said({ targets: [{ queue: "WQ1", timeout: "9" }, { timeout: 5 }, { queue: "WQ9" }] })).toBe("Every task → waits in Sales for 9 s, then in Sales for 5 s, then in WQ9");
  expect([said({ targets: [] }), said({ targets: [{}] })]).toEqual(["Every task → waits nowhere yet", "Every task → waits in a queue to choose"]);
});

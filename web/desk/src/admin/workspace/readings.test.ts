// @vitest-environment node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import de from "../../i18n/admin.de.json" with { type: "json" };
import en from "../../i18n/admin.en.json" with { type: "json" };
import ko from "../../i18n/admin.ko.json" with { type: "json" };
import { READINGS } from "./readings.ts";

test("the rules that may be read otherwise are those the server knows, each with words in every language", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../../../crates/model/src/readings.rs"), "utf8");
  const known = [...source.matchAll(/^    ([A-Z]\w+),$/gm)].map(([, name]) => name!.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase());
  const shown = READINGS.flatMap(([, rules]) => [...rules]);
  expect(known.length).toBeGreaterThan(10);
  expect(shown).toEqual(known);
  for (const words of [en, de, ko]) {
    for (const [group] of READINGS) expect(words.workspace.readings.groups).toHaveProperty([group]);
    expect(Object.keys(words.workspace.readings.rules).toSorted()).toEqual(known.toSorted());
  }
});

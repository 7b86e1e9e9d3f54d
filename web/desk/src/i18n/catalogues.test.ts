// The three catalogues say the same things, and every word asked for is there.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
type Tree = { [key: string]: string | Tree };

function read(file: string): Map<string, string> {
  const flat = new Map<string, string>();
  const walk = (tree: Tree, path: string) => Object.entries(tree).forEach(([key, value]) => (typeof value === "string" ? flat.set(`${path}${key}`, value) : walk(value, `${path}${key}.`)));
  walk(JSON.parse(readFileSync(join(here, file), "utf8")) as Tree, "");
  return flat;
}
/** Korean has one plural form, so forms are compared by their stem. */
const stems = (words: Map<string, string>) => [...new Set([...words.keys()].map((key) => key.replace(/_(one|other)$/, "")))].toSorted();
const holes = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((m) => m[1]).toSorted();

for (const [en, de, ko] of [["en.json", "de.json", "ko.json"]] as const) {
  test(`${en} ${de} ${ko} have the same keys, none empty, with the same places to fill`, () => {
    const [english, german, korean] = [read(en), read(de), read(ko)];
    expect(stems(german)).toEqual(stems(english));
    expect(stems(korean)).toEqual(stems(english));
    for (const words of [english, german, korean]) expect([...words].filter(([, text]) => text.trim() === "")).toEqual([]);
    for (const words of [german, korean]) for (const [key, text] of words) expect([key, holes(text)]).toEqual([key, holes(english.get(key) ?? english.get(key.replace(/_(one|other)$/, "_other")) ?? text)]);
  });
}

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (!["admin", "pages", "i18n"].includes(name)) yield* sources(path);
    } else if (/\.tsx?$/.test(name) && !name.includes(".test.")) yield path;
  }
}

test("every word the desk asks for is in the catalogue", () => {
  const known = new Set(stems(read("en.json")));
  const asked = [...sources(join(here, ".."))].flatMap((file) => [...readFileSync(file, "utf8").matchAll(/(?:\bt|\bsay|title:)\s*\(?\s*"((?:[a-z]\w*\.)+\w+)"/g)].map((m) => m[1] ?? ""));
  expect(asked.length).toBeGreaterThan(100);
  expect(asked.filter((key) => !known.has(key))).toEqual([]);
});

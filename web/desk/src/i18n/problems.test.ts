// Whatever keeps a message from arriving has words in each language. Those of refusals are walked by the server's own tests.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const crates = join(here, "../../../../crates");

function* rust(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== "tests") yield* rust(path);
    } else if (name.endsWith(".rs") && name !== "tests.rs") yield readFileSync(path, "utf8").split("#[cfg(test)]")[0] ?? "";
  }
}

/** The codes these patterns find, once each; a code is their first group. */
function codes(folders: string[], patterns: RegExp[]): string[] {
  const found = folders.flatMap((folder) => [...rust(join(crates, folder))]).flatMap((text) => patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((m) => m[1] ?? "")));
  return [...new Set(found)].toSorted();
}

function words(language: string, group: string): string[] {
  return ["", "pages."].flatMap((file) => {
    const tree = JSON.parse(readFileSync(join(here, `${file}${language}.json`), "utf8")) as Record<string, Record<string, string> | undefined>;
    return Object.keys(tree[group] ?? {});
  });
}

const undelivered = [
  ...codes(["connectors/src"], [/\d => \("(\w+)",/g, /_ => \("(\w+)",/g, /(?<!Account|Setting)Problem \{ code: "(\w+)"/g]),
  ...codes(["engine/src"], [/(?<!Account|Setting)Problem \{ code: "(\w+)"/g]),
];

test("the patterns find what a channel can say", () => {
  for (const known of ["unreachable_number", "uncertain", "expired", "not_delivered"]) expect(undelivered).toContain(known);
});

for (const language of ["en", "de", "ko"]) {
  test(`each has words in ${language}`, () => {
    const why = words(language, "undelivered");
    expect(undelivered.filter((code) => !why.includes(code))).toEqual([]);
  });
}

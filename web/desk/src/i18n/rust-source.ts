// For tests: what the server's Rust sources can say, read by patterns. Their own tests are left out.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const crates = join(import.meta.dirname, "../../../../crates");
const TESTS = /^(?:tests|samples|\w+_tests)\.rs$/;
const OWN_TESTS = /#\[cfg\(test\)\]\s*(?:#\[path[^\]]*\]\s*)?(?:pub )?mod tests/;

export interface Source { path: string; text: string }

/** The sources in a folder of `crates`, e.g. "connectors/src". */
export function sources(folder: string): Source[] {
  return [...walk(join(crates, folder))];
}

function* walk(folder: string): Generator<Source> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== "tests") yield* walk(path);
    } else if (name.endsWith(".rs") && !TESTS.test(name)) yield { path: path.slice(crates.length + 1), text: readFileSync(path, "utf8").split(OWN_TESTS)[0] ?? "" };
  }
}

/** What these patterns find, once each; each group that takes part is one word. */
export function words(found: readonly Source[], patterns: readonly RegExp[]): string[] {
  const all = found.flatMap(({ text }) => patterns.flatMap((pattern) => [...text.matchAll(pattern)].flatMap((match) => match.slice(1).filter((group) => group !== undefined))));
  return [...new Set(all)].toSorted();
}

/** The texts in quotes within what these patterns find, e.g. the arms of a match. */
export function quoted(found: readonly Source[], patterns: readonly RegExp[]): string[] {
  return [...new Set(words(found, patterns).flatMap((piece) => [...piece.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "")))].toSorted();
}

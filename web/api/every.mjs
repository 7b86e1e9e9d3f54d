// Each interface of types.ts has its line in agree.ts: a view that nobody compares could say anything.
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
const views = [...read("types.ts").matchAll(/^export interface (\w+)/gm)].map((found) => found[1]);
const compared = new Set([...read("agree.ts").matchAll(/^ {2}(\w+): \[Own\./gm)].map((found) => found[1]));
const missing = views.filter((view) => !compared.has(view));
if (views.length === 0 || missing.length > 0) {
  console.error(`web/api/agree.ts compares nothing with ${missing.join(", ") || "types.ts, which has no interface"}`);
  process.exit(1);
}

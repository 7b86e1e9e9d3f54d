// The three catalogues say the same things, and every word the code asks for is there.
import { describe, expect, it } from "vitest";

const catalogues = import.meta.glob<{ default: Record<string, unknown> }>("../i18n/{admin,pages}.*.json", { eager: true });
const sources = { ...import.meta.glob<string>("../{admin,pages}/**/*.tsx", { eager: true, query: "?raw", import: "default" }), ...import.meta.glob<string>("../{admin,pages}/**/*.ts", { eager: true, query: "?raw", import: "default" }) };

function flat(value: unknown, prefix = ""): [string, string][] {
  if (typeof value === "string") return [[prefix, value]];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) => flat(inner, prefix ? `${prefix}.${key}` : key));
}
const words = (name: string, language: string) => new Map(flat(catalogues[`../i18n/${name}.${language}.json`]?.default ?? {}));
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1]).sort().join();

describe.each(["admin", "pages"])("%s", (name) => {
  const english = words(name, "en");
  it.each(["de", "ko"])("is complete in %s", (language) => {
    const other = words(name, language);
    expect([...other.keys()]).toEqual([...english.keys()]);
    for (const [key, text] of english) {
      expect(`${key}: ${holes(other.get(key) ?? "")}`).toBe(`${key}: ${holes(text)}`);
      expect(other.get(key)?.trim()).not.toBe("");
    }
  });
  it("has every word the code asks for", () => {
    const asked = Object.entries(sources).filter(([path, source]) => !path.includes(".test.") && source.includes(`useTranslation("${name}")`)).flatMap(([, source]) => [...source.matchAll(/\bt\("([\w.]+)"/g)].map((found) => found[1] ?? ""));
    expect(asked.length).toBeGreaterThan(50);
    const missing = asked.filter((key) => !english.has(key) && !english.has(`${key}_other`));
    expect([...new Set(missing)]).toEqual([]);
  });
});

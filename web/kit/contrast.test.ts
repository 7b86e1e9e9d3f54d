// Measures every pair of colours the tokens promise, in both themes, from tokens.css as shipped.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const css = readFileSync(fileURLToPath(new URL("./tokens.css", import.meta.url)), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");

function declarations(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(css.indexOf("{", start) + 1, css.indexOf("}", start));
  return new Map([...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((found) => [found[1] ?? "", (found[2] ?? "").trim()]));
}

const light = declarations(":root");
const themes = { light, dark: new Map([...light, ...declarations('[data-theme="dark"]')]) };

function resolve(theme: Map<string, string>, name: string): string {
  const value = theme.get(name);
  if (!value) throw new Error(`No token --${name}`);
  const other = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
  return other ? resolve(theme, other) : value;
}

function luminance(hex: string): number {
  const parts = /^#(..)(..)(..)$/.exec(hex)?.slice(1);
  if (!parts) throw new Error(`Not a colour: ${hex}`);
  const [r = 0, g = 0, b = 0] = parts.map((part) => {
    const value = parseInt(part, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(theme: Map<string, string>, a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(resolve(theme, a)), luminance(resolve(theme, b))].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const texts = ["text", "text-2", "text-3"];
const states = ["ok", "warn", "bad"];
const marks = [...light.keys()].filter((name) => name.startsWith("ch-"));
const cross = (fronts: string[], backs: string[]) => fronts.flatMap((front) => backs.map((back) => [front, back] as const));

const pairs = [
  ...cross(texts, ["bg", "surface", "surface-sunken", "surface-raised", "hover", "pressed", "selected", "accent-soft"]),
  ...cross(["text"], ["bubble-in", "bubble-out"]), ...cross(["text-3", "text-2"], ["bubble-in"]),
  ...cross(["accent-text"], ["bg", "surface", "surface-sunken", "surface-raised", "accent-soft"]),
  ...cross(["on-accent"], ["accent", "accent-hover", "accent-pressed"]),
  ...cross(states, ["surface", "surface-raised", "bg", "hover"]), ...states.map((state) => [state, `${state}-soft`] as const),
  ["note-text", "note"] as const, ...cross(["on-ch"], marks), ...cross(["on-bad"], ["bad-solid", "bad-solid-hover"]),
  ["text", "accent-soft-2"] as const, ["n-1", "n-11"] as const, ["text-2", "n-4"] as const, ["text-2", "n-3"] as const,
];

describe.each(Object.entries(themes))("%s", (_, theme) => {
  it.each(pairs)("%s on %s is readable", (front, back) => {
    expect(ratio(theme, front, back)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(cross(["focus", "edge-control", "ok-fill", "warn-fill", "bad-fill"], ["surface"]))("%s on %s is visible", (front, back) => {
    expect(ratio(theme, front, back)).toBeGreaterThanOrEqual(3);
  });
});

it("knows all thirteen channel marks", () => expect(marks).toHaveLength(13));

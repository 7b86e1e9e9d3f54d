import type { Brand, BrandTones } from "@seaway/api/types";
import { expect, test } from "vitest";
import { cssOf } from "./brand.ts";

const tones = (fill: string): BrandTones => ({ fill, hover: "#111111", pressed: "#222222", on: "#ffffff", text: "#333333", soft: "#eeeeee", soft_2: "#dddddd", focus: "#444444" });

test("an accent turns the tokens of both themes, and nothing chosen turns none", () => {
  const css = cssOf({ light: tones("#aa0000"), dark: tones("#ff8888") });
  expect(css).toMatch(/^:root \{[^}]*--accent: #aa0000;[^}]*--on-accent: #ffffff;[^}]*\} \[data-theme="dark"\] \{[^}]*--accent: #ff8888;[^}]*\}$/);
  expect(css).toContain("--accent-text: #333333; --accent-soft: #eeeeee; --accent-soft-2: #dddddd; --bubble-out: #eeeeee; --focus: #444444;");
  expect(cssOf(null)).toBe("");
});

test("what is no colour is no style", () => {
  const css = cssOf({ light: tones("red; } * { display: none"), dark: tones("#ff8888") } satisfies Brand["palette"]);
  expect(css).not.toContain("display");
});

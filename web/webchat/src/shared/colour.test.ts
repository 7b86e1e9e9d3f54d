import { expect, test } from "vitest";
import { contrast, palette, parse } from "./colour.ts";

const HARD = ["#ffffff", "#000000", "#ffd400", "#00ff00", "#777777", "#7f7f7f", "#ff0000", "#0000ff", "#2f5d50", "#757575", "#f1ebe1"];
const MUTE = { light: "#55606a", dark: "#a9b2b8" };
const TEXT = { light: "#171f25", dark: "#eceff0" };
const CARD = { light: "#ffffff", dark: "#1b2125" };

test.each(HARD.flatMap((color) => [[color, "light"], [color, "dark"]] as const))("%s reads in %s", (color, theme) => {
  const made = palette(color, theme);
  const pairs = [[made.on, made.fill], [made.ink, CARD[theme]], [made.ink, made.soft], [TEXT[theme], made.soft], [TEXT[theme], CARD[theme]], [MUTE[theme], CARD[theme]]] as const;
  for (const [text, surface] of pairs) expect(contrast(parse(text), parse(surface)), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
});

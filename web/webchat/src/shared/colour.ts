// The shop chooses any colour; these functions make every pair that is drawn readable (WCAG 2 contrast).

type Rgb = readonly [number, number, number];
const WHITE: Rgb = [255, 255, 255];
const INK: Rgb = [23, 31, 37];
/** Text on its surface; a little above the demanded 4.5 so that rounding never falls below. */
const READABLE = 4.6;

export interface Palette {
  /** Fill of own bubbles and the main button, and the text upon it. */
  fill: string;
  on: string;
  /** The colour as text, edge or sign on the card. */
  ink: string;
  /** Bubbles of the other side, and lines. */
  soft: string;
  line: string;
}

/** Surfaces the palette is measured against. */
const CARD: Record<"light" | "dark", Rgb> = { light: WHITE, dark: [27, 33, 37] };

export function palette(color: string, theme: "light" | "dark"): Palette {
  const card = CARD[theme];
  const toward = theme === "light" ? INK : WHITE;
  const share = theme === "light" ? 0.08 : 0.12;
  const ink = readable(parse(color), (ink) => mix(card, ink, share), toward);
  const fill = theme === "light" ? parse(color) : ink;
  return {
    fill: hex(fill),
    on: hex(textOn(fill)),
    ink: hex(ink),
    soft: hex(mix(card, ink, share)),
    line: hex(mix(card, ink, 0.2)),
  };
}

/** Black or white, whichever reads better; one of the two always passes 4.5. */
export function textOn(fill: Rgb): Rgb {
  const dark: Rgb = contrast(fill, INK) >= READABLE ? INK : [0, 0, 0];
  return contrast(fill, WHITE) >= READABLE || contrast(fill, WHITE) >= contrast(fill, dark) ? WHITE : dark;
}

/** The colour moved toward `toward` in small steps until it reads on the surface it tints itself. */
function readable(color: Rgb, surface: (color: Rgb) => Rgb, toward: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(color, toward, share);
    if (contrast(mixed, surface(mixed)) >= READABLE) return mixed;
  }
  return toward;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

export function parse(color: string): Rgb {
  const bits = parseInt(color.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [0, 1, 2].map((i) => Math.round(a[i]! * (1 - share) + b[i]! * share)) as unknown as Rgb;
}

function hex(color: Rgb): string {
  return `#${color.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

// What the shop's page and the frame say to each other. Both sides check who speaks before they read a word of it.
// `seaway: 1` is the version; a side ignores what it does not know.

export type Language = "en" | "de" | "ko";
export const LANGUAGES: readonly Language[] = ["en", "de", "ko"];
export type Theme = "light" | "dark";

/** How the chat looks on this site, from the ticket's answer. */
export interface Appearance {
  name: string;
  /** Address of a small square picture on the origin of files; empty without one. */
  logo: string;
  /** "#rrggbb", the shop's colour; contrast is made good where it is used. */
  color: string;
  position: "left" | "right";
  greeting: Partial<Record<Language, string>>;
  languages: Language[];
}
/** Everything the frame needs for its first picture; the loader puts it into the frame URL's fragment, which no server sees. */
export interface Look {
  /** Origin of the embedding page. */
  page: string;
  appearance: Appearance;
  theme: Theme;
  language: Language;
  /** What an earlier frame asked this page to keep. */
  kept: Record<string, string>;
}

export type FromFrame =
  | { type: "ready" }
  /** `known`: this visitor has written before, so later pages load the frame at once to count what is unread. */
  | { type: "opened"; known: boolean }
  | { type: "unread"; count: number }
  | { type: "close" }
  /** The ticket is used up: the page fetches the next one. */
  | { type: "ticket" }
  /** The browser forbids storage to frames of another site, so the page keeps it; null forgets. */
  | { type: "keep"; key: string; value: string | null };

export type ToFrame =
  | { type: "visible"; visible: boolean; focus: boolean }
  | { type: "look"; appearance: Appearance; theme: Theme }
  | { type: "identify"; jwt: string }
  | { type: "signOut" }
  | { type: "setLanguage"; language: Language }
  | { type: "ticket"; ticket: string | null };

export const DEFAULT_APPEARANCE: Appearance = { name: "Chat", logo: "", color: "#076c92", position: "right", greeting: {}, languages: [...LANGUAGES] };

export function parseLanguage(value: unknown): Language | undefined {
  if (typeof value !== "string") return undefined;
  const primary = value.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find((language) => language === primary);
}

/** A message of ours, or nothing: foreign scripts on the page post all kinds of things. */
export function parseMessage<T extends { type: string }>(data: unknown): T | undefined {
  if (!isRecord(data) || data["seaway"] !== 1 || typeof data["type"] !== "string") return undefined;
  return data as unknown as T;
}

export function parseAppearance(value: unknown): Appearance {
  const given = isRecord(value) ? value : {};
  const greeting = isRecord(given["greeting"]) ? given["greeting"] : {};
  const languages = Array.isArray(given["languages"]) ? given["languages"].map(parseLanguage).filter((language) => language !== undefined) : [];
  return {
    name: typeof given["name"] === "string" && given["name"] ? given["name"] : DEFAULT_APPEARANCE.name,
    logo: typeof given["logo"] === "string" ? given["logo"] : "",
    color: typeof given["color"] === "string" && /^#[0-9a-f]{6}$/i.test(given["color"]) ? given["color"] : DEFAULT_APPEARANCE.color,
    position: typeof given["position"] === "string" && /left/.test(given["position"]) ? "left" : "right",
    greeting: Object.fromEntries(LANGUAGES.flatMap((language) => (typeof greeting[language] === "string" ? [[language, greeting[language]]] : []))),
    languages: languages.length > 0 ? languages : [...LANGUAGES],
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// jsdom draws nothing, so it has no media to match; a wide, light screen is assumed.
globalThis.matchMedia ??= ((query: string) => ({ matches: false, media: query, onchange: null, addEventListener: () => undefined, removeEventListener: () => undefined, addListener: () => undefined, removeListener: () => undefined, dispatchEvent: () => false })) as typeof matchMedia;

afterEach(cleanup);

// The browser tests use what the web packages have installed; they bring no packages of their own.
import { createRequire } from "node:module";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");
const require = createRequire(join(ROOT, "web/package.json"));

export const { chromium } = require("playwright-core");
export const AXE_FILE = require.resolve("axe-core/axe.min.js");

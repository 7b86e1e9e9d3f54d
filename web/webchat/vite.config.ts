// The frame: frame.html, one script, one stylesheet. loader.js is a build of its own (vite.loader.config.ts), made after this one.
import { defineConfig } from "vitest/config";
import type { Plugin } from "vite";
import { compress } from "../tools/compress.ts";

/** Vite's helper preloads stylesheets of lazy parts; ours have none, and it weighs more than they gain. */
function plainImports(): Plugin {
  return {
    name: "seaway-plain-imports",
    enforce: "pre",
    apply: "build",
    load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : undefined),
  };
}

export default defineConfig({
  plugins: [plainImports(), compress()],
  // The classic factory is a third of the automatic runtime's size on the wire.
  oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" }, jsxInject: 'import { h, Fragment } from "preact"' },
  build: {
    outDir: "dist",
    target: "es2022",
    sourcemap: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    // Preact goes into the frame's own file: two files compress worse than one.
    rolldownOptions: { input: "frame.html", output: { entryFileNames: "assets/frame-[hash].js", chunkFileNames: "assets/[name]-[hash].js", assetFileNames: "assets/[name]-[hash][extname]", codeSplitting: { groups: [{ name: "frame", test: /preact|src.frame.main/ }] } } },
  },
  // Only what touches a page starts one: `*.dom.test.ts`, and whatever draws.
  test: {
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: "plain", environment: "node", include: ["src/**/*.test.ts"], exclude: ["src/**/*.dom.test.ts"] } },
      { extends: true, test: { name: "dom", environment: "jsdom", include: ["src/**/*.test.tsx", "src/**/*.dom.test.ts"] } },
    ],
  },
});

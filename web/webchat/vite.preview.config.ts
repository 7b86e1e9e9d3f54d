// The admin's preview: one classic script, because a frame without rights has no origin that modules could be asked for from.
import { defineConfig } from "vite";
import { compress } from "../tools/compress.ts";

export default defineConfig({
  plugins: [compress()],
  build: {
    outDir: "dist",
    emptyOutDir: false,
    copyPublicDir: false,
    target: "es2022",
    sourcemap: false,
    rolldownOptions: { input: "src/preview/main.ts", output: { format: "iife", entryFileNames: "preview.js" } },
  },
});

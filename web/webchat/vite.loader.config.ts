// The loader: one classic script for foreign pages, under a name that never changes. Ends with the check of the first load's size.
import { defineConfig } from "vite";
import { compress } from "../tools/compress.ts";
import { budget } from "./tools/budget.ts";

export default defineConfig({
  plugins: [compress(), budget()],
  build: {
    outDir: "dist",
    emptyOutDir: false,
    copyPublicDir: false,
    target: "es2022",
    sourcemap: false,
    rolldownOptions: { input: "src/loader/main.ts", output: { format: "iife", entryFileNames: "loader.js" } },
  },
});

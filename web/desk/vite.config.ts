import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "../tools/compress.ts";

const SERVER = process.env["SEAWAY_DEV_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), compress()],
  build: { outDir: "dist", target: "es2022", sourcemap: false },
  server: { proxy: { "/api": { target: SERVER, ws: true } } },
  // Only what touches a page starts one: `*.dom.test.ts`, and whatever draws.
  test: {
    restoreMocks: true,
    projects: [
      { extends: true, test: { name: "plain", environment: "node", include: ["src/**/*.test.ts"], exclude: ["src/**/*.dom.test.ts"] } },
      { extends: true, test: { name: "dom", environment: "jsdom", include: ["src/**/*.test.tsx", "src/**/*.dom.test.ts"], setupFiles: ["src/test-setup.ts"] } },
    ],
  },
});

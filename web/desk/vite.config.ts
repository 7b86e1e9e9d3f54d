import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compress } from "../tools/compress.ts";

const SERVER = process.env["SEAWAY_DEV_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), compress()],
  build: { outDir: "dist", target: "es2022", sourcemap: false },
  server: { proxy: { "/api": { target: SERVER, ws: true } } },
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"], setupFiles: ["src/test-setup.ts"], restoreMocks: true },
});

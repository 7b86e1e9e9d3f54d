// Fails the build when a customer's first load, all files together, passes the limit.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Bytes, gzip: loader.js, frame.html, the frame's script and stylesheet, and the words of one language, the longest. */
export const FIRST_LOAD_LIMIT = 30_000;

const LANGUAGE = /assets\/(en|de|ko)-/;
/** The notice while it is closed, cards, places and people, the menu, the form that proves a phone number, files on their way out, the form before the first message, and the admin's preview. */
const ON_DEMAND = /assets\/(Closed|Cards|Extras|MenuItems|Proof|Files|Form|adopt|preview)-|^preview\.(js|html)$/;

export function budget(): Plugin {
  let folder = "dist";
  return {
    name: "seaway-webchat-budget",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      const sizes = firstLoad(folder);
      const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
      for (const [name, bytes] of sizes) console.log(`${String(bytes).padStart(7)} B gzip  ${name}`);
      console.log(`${String(total).padStart(7)} B gzip  first load, limit ${FIRST_LOAD_LIMIT}`);
      if (total > FIRST_LOAD_LIMIT) throw new Error(`The webchat's first load is ${total} B gzip, ${total - FIRST_LOAD_LIMIT} over the limit of ${FIRST_LOAD_LIMIT}`);
    },
  };
}

/** Every file of the first load with its size in bytes after gzip. What is loaded only on demand does not count. */
export function firstLoad(folder: string): [string, number][] {
  const sizes = (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => /\.(js|css|html)$/.test(name))
    .toSorted()
    .map((name): [string, number] => [name, gzipSync(readFileSync(join(folder, name)), { level: 9 }).length]);
  const longest = sizes.filter(([name]) => LANGUAGE.test(name)).toSorted((a, b) => b[1] - a[1])[0];
  return sizes.filter((one) => !ON_DEMAND.test(one[0]) && (!LANGUAGE.test(one[0]) || one === longest));
}

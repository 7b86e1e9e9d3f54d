// Runs one of the TypeScript files beside it: Node 20 cannot by itself. Usage: node dev/run.mjs serve | shots [folder] [scene]
import { join } from "node:path";
import { runnerImport } from "vite";

const [name] = process.argv.splice(2, 1);
await runnerImport(join(import.meta.dirname, `${name}.ts`), { configFile: false });

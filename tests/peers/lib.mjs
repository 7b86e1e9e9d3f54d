// What the judges share: the libraries of others, our connectors' word, and the emulators as a process of their own.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
const PATIENCE_MS = 20_000;

/** An installed package of web/, which is where all packages are locked. */
export const library = createRequire(`${root}/web/package.json`);

/** A blue dot. */
export const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** The binary under test. */
export const binary = process.env.SEAWAY_BIN ?? join(root, "target/debug/seaway");

/** What one of our examples says, which are built beside the binary. */
export const example = (name, input) => execFileSync(join(dirname(binary), "examples", name), { input, encoding: "utf8" });

/** Whether our connector takes each of the requests, in their order. */
export const taken = (requests) =>
  example("verify", JSON.stringify(requests)).trim().split("\n").map((said) => said === "true");

/** The emulators as `seaway emulate` runs them; `t` ends them. `configure(port, listeners)` gives their configuration. */
export async function emulators(t, configure) {
  const folder = await mkdtemp(join(tmpdir(), "seaway-peers-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const file = join(folder, "emulators.json");
  await writeFile(file, JSON.stringify(configure(port)));
  const child = spawn(binary, ["emulate", "--listen", `127.0.0.1:${port}`, "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  const ended = new Promise((done) => child.once("exit", done).once("error", (why) => ((said += why), done())));
  t.after(() => (child.kill("SIGTERM"), ended));
  const up = await until(() => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => child.exitCode !== null || !child.pid));
  assert.ok(up && child.exitCode === null && child.pid, `the emulators do not come up: ${said}`);
  return port;
}

/** A control door: `door(method, path, body)` gives what it answers. */
export const control = (origin) => async (method, path, body) => {
  const answer = await fetch(`${origin}/control/${path}`, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
};

/** A server of our own; `t` ends it. The handler hears the request, and its exact bytes. */
export async function listener(t, handle) {
  const server = createServer((request, response) => {
    const bytes = [];
    request.on("data", (some) => bytes.push(some)).on("end", () => handle(request, response, Buffer.concat(bytes)));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => (server.closeAllConnections(), new Promise((done) => server.close(done))));
  return server.address().port;
}

/** What `look` finds, once it finds something. */
export async function until(look, patience_ms = PATIENCE_MS) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `not within ${patience_ms} ms: ${look}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A port that nobody listens on just now. */
export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// The shipped binary under test: started in demo mode on a free port, killed, started again, audited.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { until } from "./wait.mjs";

const READY_MS = 120_000;
const DRAIN_MS = 30_000;

/** A port nobody listens on at the moment, nor on the two behind it, where the emulated mail server is. */
export async function freePort() {
  for (;;) {
    const port = await tried(0);
    if (port && (await tried(port + 1)) && (await tried(port + 2))) return port;
  }
}

/** The port, if it could be listened on. */
async function tried(port) {
  const server = createServer();
  const heard = await new Promise((done) => server.once("error", () => done(null)).listen(port, "127.0.0.1", () => done(server.address().port)));
  if (heard) await new Promise((done) => server.close(done));
  return heard;
}

export class Seaway {
  #child = null;
  #emulators = null;
  #ended = null;
  #log;
  /** What the server said at its start: `urls` by name. */
  ready = { urls: {} };
  /** How often it was killed. */
  kills = 0;

  /** With `emulatorsPort`, carrier, phone and shop are a process of their own, which outlives the server's deaths. */
  constructor({ binary, port, emulatorsPort = null, databaseUrl = null, logFile }) {
    this.binary = binary;
    this.port = port;
    this.emulatorsPort = emulatorsPort;
    this.logFile = logFile;
    this.databaseUrl = databaseUrl;
    this.folder = mkdtempSync(join(tmpdir(), "seaway-story-"));
    const prepared = process.env.SEAWAY_STORY_DATA;
    if (prepared && !databaseUrl) cpSync(prepared, this.folder, { recursive: true });
    this.#log = createWriteStream(logFile, { flags: "a" });
  }

  get engine() {
    return this.databaseUrl ? "postgres" : "sqlite";
  }

  /** Where the data is: the same words for `demo`, `audit` and every other command. */
  get place() {
    return ["--data-dir", this.folder, ...(this.databaseUrl ? ["--database-url", this.databaseUrl] : [])];
  }

  /** The address of one of the demo's hosts, such as `ana` or `shop`. */
  url(host, path = "/") {
    const told = this.ready.urls[host];
    return new URL(path, told ?? `http://${host}.localhost:${this.port}/`).href;
  }

  async start() {
    const apart = this.emulatorsPort ? ["--emulators-url", `http://localhost:${this.emulatorsPort}`] : [];
    const child = spawn(this.binary, ["demo", "--listen", `127.0.0.1:${this.port}`, ...this.place, "--waiting", "0", ...apart], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#ended = new Promise((done) => child.once("exit", (code, signal) => done({ code, signal })));
    let ended = null;
    this.#ended.then((how) => (ended = how));
    let spawned = null;
    child.once("error", (error) => (spawned = error));
    let told = false;
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.#log.write(`${line}\n`);
      const ready = readyLine(line);
      if (!ready) return;
      this.ready = ready;
      told = true;
    });
    child.stderr.on("data", (bytes) => this.#log.write(bytes));
    await until("the server is ready", async () => {
      if (spawned) throw spawned;
      if (ended) throw new Error(`the server ended at once: ${JSON.stringify(ended)}`);
      return told || (await this.#answers());
    }, { timeout: READY_MS });
    if (this.emulatorsPort && !this.#emulators) await this.#emulate();
  }

  /** The server has written down what the emulators have to know. */
  async #emulate() {
    const words = ["emulate", "--listen", `127.0.0.1:${this.emulatorsPort}`, "--config", join(this.folder, "emulators.json")];
    const child = spawn(this.binary, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.#emulators = child;
    for (const out of [child.stdout, child.stderr]) out.on("data", (bytes) => this.#log.write(bytes));
    await until("the emulators answer", async () => {
      if (child.exitCode !== null) throw new Error(`the emulators ended at once with ${child.exitCode}`);
      const answer = await fetch(`http://localhost:${this.emulatorsPort}/`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
      return answer !== null;
    }, { timeout: READY_MS });
  }

  /** SIGKILL: no time to write anything. */
  async kill() {
    this.kills += 1;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  /** As Ctrl-C would; draining has to end cleanly. */
  async stop() {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGINT");
    const late = new Promise((done) => setTimeout(done, DRAIN_MS, null).unref());
    const how = await Promise.race([this.#ended, late]);
    if (!how) {
      await this.kill();
      throw new Error(`the server did not end within ${DRAIN_MS / 1000} s of Ctrl-C`);
    }
    if (how.code !== 0) throw new Error(`the server ended with ${JSON.stringify(how)} after Ctrl-C`);
  }

  /** The auditor's verdict over everything the story left behind. */
  audit() {
    const done = spawnSync(this.binary, ["audit", ...this.place], { encoding: "utf8" });
    if (done.error) throw done.error;
    if (done.status !== 0) throw new Error(`seaway audit found breaches:\n${done.stdout}${done.stderr}`);
  }

  /** Takes the folder away; whatever still runs is killed first. */
  async remove() {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    this.#emulators?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #answers() {
    try {
      return (await fetch(`http://127.0.0.1:${this.port}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
    } catch {
      return false;
    }
  }
}

function readyLine(line) {
  const at = line.indexOf('{"ready"');
  if (at < 0) return null;
  try {
    const said = JSON.parse(line.slice(at));
    return said.ready === true ? { ...said, urls: said.urls ?? {} } : null;
  } catch {
    return null;
  }
}

// Twilio's own SDKs as clients of our TaskRouter API, with nothing changed but where they send: the same day in Node and in Python,
// each in a workspace that it makes itself.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { binary, freePort, library, until } from "./lib.mjs";

const twilio = library("twilio");

const TASKS = 200;
const SKILLS = ["billing", "tech", "sales"];

/** `seaway serve` over an empty folder with one workspace, and a key and the account's token for it; `t` ends it. */
async function house(t) {
  const folder = await mkdtemp(join(tmpdir(), "seaway-sdk-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const say = (...words) => JSON.parse(execFileSync(binary, [...words, "--data-dir", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
  const { workspace } = say("workspace", "create", "Shop");
  const key = say("key", "create", "--workspace", workspace, "--name", "sdk");
  const port = await freePort();
  const child = spawn(binary, ["serve", "--data-dir", folder, "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  const ended = new Promise((done) => child.once("exit", done));
  t.after(() => (child.kill("SIGTERM"), ended));
  const origin = `http://localhost:${port}`;
  await until(() => {
    assert.ok(child.exitCode === null, `the server ended at once: ${said}`);
    return fetch(`${origin}/readyz`).then((answer) => answer.ok, () => false);
  });
  return { ...key, origin, folder };
}

/** What is refused, as the SDK tells it. */
async function refused(asked) {
  const error = await asked.then(() => assert.fail("it was not refused"), (error) => error);
  assert.equal(error.constructor.name, "RestException", String(error.stack));
  assert.ok(error.moreInfo.endsWith(`/errors/${error.code}`));
  return [error.status, error.code];
}

test("the official SDKs drive a day in TaskRouter", async (t) => {
  const place = await house(t);

  await t.test("Node", async () => {
    const client = twilio(place.account_sid, place.auth_token);
    client.taskrouter.baseUrl = `${place.origin}/twilio/taskrouter`;
    await day(client.taskrouter.v1);
  });

  await t.test("Python", async (t) => {
    const python = process.env.SEAWAY_PEERS_PYTHON;
    if (!python) return t.skip("SEAWAY_PEERS_PYTHON names no Python with tests/peers/requirements.txt, which `cargo xtask test --only peers` installs");
    const child = spawn(python, [new URL("taskrouter.py", import.meta.url).pathname], {
      env: { ...process.env, PLACE: JSON.stringify(place), TASKS: String(TASKS), PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
    const code = await new Promise((done) => child.once("exit", done));
    assert.equal(code, 0, said);
    assert.match(said, /^drove \d+ tasks$/m);
  });

  execFileSync(binary, ["audit", "--data-dir", place.folder], { stdio: "pipe" });
});

async function day(v1) {
  const first = await v1.workspaces.list();
  assert.deepEqual(first.map((one) => one.friendlyName), ["Shop"]);
  const made = await v1.workspaces.create({ friendlyName: "Node's", template: "NONE" });
  const ws = v1.workspaces(made.sid);
  assert.equal((await ws.fetch()).friendlyName, "Node's");

  const activities = Object.fromEntries((await ws.activities.list()).map((one) => [one.friendlyName, one.sid]));
  const lunch = await ws.activities.create({ friendlyName: "Lunch", available: false });
  assert.equal((await ws.activities(lunch.sid).update({ friendlyName: "Break" })).friendlyName, "Break");

  const workers = [];
  for (const [no, skill] of [...SKILLS, ...SKILLS].entries()) {
    const attributes = JSON.stringify({ skills: [skill], level: no });
    workers.push(await ws.workers.create({ friendlyName: `${skill} ${no}`, attributes, activitySid: activities.Available }));
  }
  assert.ok(workers[0].dateCreated instanceof Date && workers[0].available);
  const queues = {};
  for (const skill of SKILLS) {
    queues[skill] = await ws.taskQueues.create({ friendlyName: skill, targetWorkers: `skills HAS "${skill}"`, maxReservedWorkers: 1 });
  }
  assert.deepEqual((await ws.workers.list({ taskQueueName: "tech" })).map((one) => one.friendlyName), ["tech 1", "tech 4"]);
  const filters = SKILLS.map((skill) => ({ filter_friendly_name: skill, expression: `topic == "${skill}"`, targets: [{ queue: queues[skill].sid, priority: 1 }] }));
  const configuration = JSON.stringify({ task_routing: { filters } });
  const workflow = await ws.workflows.create({ friendlyName: "Three ways", configuration, taskReservationTimeout: 600 });
  assert.equal(workflow.configuration, configuration);

  const topics = {};
  for (let no = 0; no < TASKS; no += 1) {
    const topic = SKILLS[no % 3];
    const task = await ws.tasks.create({ workflowSid: workflow.sid, attributes: JSON.stringify({ topic, no }) });
    assert.equal(task.taskQueueFriendlyName, topic);
    topics[task.sid] = topic;
  }
  const listed = await ws.tasks.list({ pageSize: 7 });
  assert.deepEqual(listed.map((task) => task.sid), Object.keys(topics), "every task once, in the order of making");
  assert.deepEqual(listed.map((task) => JSON.parse(task.attributes).no), [...Array(TASKS).keys()]);
  const page = await ws.tasks.page({ pageSize: 90 });
  const back = await (await page.nextPage()).previousPage();
  assert.deepEqual(back.instances.map((task) => task.sid), page.instances.map((task) => task.sid));
  assert.equal((await ws.tasks.list({ limit: 20 })).length, 20);
  const some = await ws.tasks.list({ evaluateTaskAttributes: "no >= 190 AND topic == 'tech'" });
  assert.deepEqual(some.map((task) => JSON.parse(task.attributes).no), [190, 193, 196, 199]);

  assert.deepEqual(await refused(ws.tasks("WT00000000000000000000000000000009").fetch()), [404, 20404]);
  assert.deepEqual(await refused(ws.tasks.create({ workflowSid: workflow.sid, attributes: '{"topic":"weather"}' })), [400, 20001]);
  assert.deepEqual(await refused(ws.taskQueues.create({ friendlyName: "x", targetWorkers: "skills HAS" })), [400, 20001]);
  assert.deepEqual(await refused(ws.tasks(listed[0].sid).update({ ifMatch: '"77"', priority: 3 })), [412, 20412]);

  // The first offer is rejected into a break; the other one with this skill takes the task.
  const [shy] = await ws.workers(workers[0].sid).reservations.list({ reservationStatus: "pending" });
  const rejected = await ws.workers(workers[0].sid).reservations(shy.sid).update({ reservationStatus: "rejected", workerActivitySid: lunch.sid });
  assert.equal(rejected.reservationStatus, "rejected");
  assert.equal((await ws.workers(workers[0].sid).fetch()).activityName, "Break");

  const done = new Map();
  while (done.size < TASKS) {
    let moved = 0;
    for (const worker of workers) {
      const own = ws.workers(worker.sid);
      for (const offer of await own.reservations.list({ reservationStatus: "pending" })) {
        assert.equal((await own.reservations(offer.sid).update({ reservationStatus: "accepted" })).reservationStatus, "accepted");
        assert.deepEqual(await refused(ws.tasks(offer.taskSid).reservations(offer.sid).update({ reservationStatus: "accepted" })), [400, 20001]);
        const ended = await ws.tasks(offer.taskSid).update({ assignmentStatus: "completed", reason: `done by ${worker.friendlyName}` });
        assert.equal(ended.assignmentStatus, "completed");
        assert.equal(ended.reason, `done by ${worker.friendlyName}`);
        assert.ok(!done.has(offer.taskSid), "a task is done once");
        done.set(offer.taskSid, worker);
        moved += 1;
      }
    }
    assert.ok(moved > 0, `nobody is offered anything, ${done.size} of ${TASKS} are done`);
  }
  for (const [sid, worker] of done) assert.ok(worker.friendlyName.startsWith(topics[sid]), "only who has the skill");
  assert.ok([...done.values()].every((worker) => worker.sid !== workers[0].sid), "nobody in a break is asked");
  assert.deepEqual(await ws.tasks.list({ assignmentStatus: ["pending", "reserved", "assigned"] }), []);
  assert.equal(await ws.tasks(listed[0].sid).remove(), true);
  assert.deepEqual(await refused(ws.tasks(listed[0].sid).fetch()), [404, 20404]);
}

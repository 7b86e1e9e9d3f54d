// Twilio's own SDKs as clients of our TaskRouter API, with nothing changed but where they send: the same day in Node and in Python,
// each in a workspace that it makes itself.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { binary, freePort, library, until } from "./lib.mjs";

const twilio = library("twilio");

const TASKS = 200;
/** So many that wait at once are read page by page. */
const MANY = 5_050;
const SKILLS = ["billing", "tech", "sales"];

/** Where callbacks come: what was asked is kept, and answered by `answer`; `t` ends it. */
async function hooks(t) {
  const heard = [];
  const place = { heard, answer: () => ({}) };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const url = `${place.origin}${request.url}`;
    const parameters = Object.fromEntries(new URLSearchParams(body));
    heard.push({ path: request.url, url, parameters, signature: request.headers["x-twilio-signature"] });
    response.setHeader("content-type", "application/json").end(JSON.stringify(place.answer(request.url, parameters)));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => (server.closeAllConnections(), new Promise((done) => server.close(done))));
  place.address = `127.0.0.1:${server.address().port}`;
  place.origin = `http://${place.address}`;
  return place;
}

/** `seaway serve` over an empty folder with one workspace, and a key and the account's token for it; `t` ends it. */
async function house(t, allowed) {
  const folder = await mkdtemp(join(tmpdir(), "seaway-sdk-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const say = (...words) => JSON.parse(execFileSync(binary, [...words, "--data-dir", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
  const { workspace } = say("workspace", "create", "Shop");
  const key = say("key", "create", "--workspace", workspace, "--name", "sdk");
  const port = await freePort();
  const child = spawn(binary, ["serve", "--data-dir", folder, "--listen", `127.0.0.1:${port}`, "--egress-allow", allowed], { stdio: ["ignore", "pipe", "pipe"] });
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

/** A day in another language, in a program of its own. */
async function walk(place, command, words) {
  const child = spawn(command, words, {
    env: { ...process.env, PLACE: JSON.stringify(place), TASKS: String(TASKS), MANY: String(MANY), PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  const code = await new Promise((done, failed) => child.once("exit", done).once("error", failed));
  assert.equal(code, 0, said);
  assert.match(said, /^drove \d+ tasks$/m);
}

/** Why a language cannot be tried here; false where it can. */
function lacks(command, words) {
  try {
    execFileSync(command, words, { stdio: "ignore" });
    return false;
  } catch {
    return `${command} is not installed here`;
  }
}

/** What is refused, as the SDK tells it. */
async function refused(asked) {
  const error = await asked.then(() => assert.fail("it was not refused"), (error) => error);
  assert.equal(error.constructor.name, "RestException", String(error.stack));
  assert.ok(error.moreInfo.endsWith(`/errors/${error.code}`));
  return [error.status, error.code];
}

test("the official SDKs drive a day in TaskRouter", async (t) => {
  const callbacks = await hooks(t);
  const place = await house(t, callbacks.address);

  await t.test("Node", async () => {
    const client = twilio(place.account_sid, place.auth_token);
    client.taskrouter.baseUrl = `${place.origin}/twilio/taskrouter`;
    const workspace = await day(client.taskrouter.v1);
    await called(workspace, callbacks, place.auth_token);
    await missed(workspace);
    place.crowded = await crowded(client.taskrouter.v1);
  });

  await t.test("Python", async (t) => {
    const python = process.env.SEAWAY_PEERS_PYTHON;
    if (!python) return t.skip("SEAWAY_PEERS_PYTHON names no Python with tests/peers/requirements.txt, which `cargo xtask test --only peers` installs");
    await walk(place, python, [new URL("taskrouter.py", import.meta.url).pathname]);
  });

  // These two are built first, which takes minutes.
  const short = process.env.SEAWAY_TEST_LONG !== "1" && "a smaller walk, for `cargo xtask test --long`";
  const folder = (name) => new URL(name, import.meta.url).pathname;
  await t.test("Go", { skip: short || lacks("go", ["version"]) }, () => walk(place, "go", ["run", "-C", folder("go"), "."]));
  await t.test("Java", { skip: short || lacks("mvn", ["--version"]) }, async (t) => {
    const out = await mkdtemp(join(tmpdir(), "seaway-java-"));
    t.after(() => rm(out, { recursive: true, force: true }));
    await walk(place, "mvn", ["-q", "-B", "-f", folder("java/pom.xml"), `-Dout=${out}`, "compile", "exec:java"]);
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

  // What was counted here is what the statistics say.
  const whole = await ws.cumulativeStatistics().fetch({ minutes: 60 });
  assert.deepEqual(
    [whole.tasksCreated, whole.tasksCompleted, whole.tasksDeleted, whole.tasksCanceled, whole.reservationsAccepted, whole.reservationsRejected],
    [TASKS, TASKS, 1, 0, TASKS, 1],
  );
  for (const skill of SKILLS) {
    const entered = Object.values(topics).filter((topic) => topic === skill).length;
    const counted = await ws.taskQueues(queues[skill].sid).cumulativeStatistics().fetch({ minutes: 60 });
    assert.deepEqual([counted.tasksEntered, counted.tasksCompleted, counted.reservationsAccepted], [entered, entered, entered]);
  }
  for (const worker of workers) {
    const own = await ws.workers(worker.sid).statistics().fetch({ minutes: 60 });
    assert.equal(own.cumulative.reservations_accepted, [...done.values()].filter((one) => one.sid === worker.sid).length);
  }
  const both = await ws.workflows(workflow.sid).statistics().fetch({ minutes: 60 });
  assert.deepEqual([both.cumulative.tasks_entered, both.realtime.total_tasks], [TASKS, 0]);

  // Every task's beginning and end are told, page by page.
  const began = await ws.events.list({ eventType: "task.created", minutes: 60, pageSize: 60 });
  assert.deepEqual(began.map((event) => event.resourceSid).sort(), Object.keys(topics).sort());
  const [last] = await ws.events.list({ taskSid: listed[1].sid, minutes: 60, limit: 1 });
  const [reason, resource] = [last.eventData.task_completed_reason, last.resourceType];
  assert.ok(["task", "reservation"].includes(resource) && (resource === "reservation" || reason.startsWith("done by ")), JSON.stringify(last.eventData));
  assert.equal((await ws.events(last.sid).fetch()).eventType, last.eventType);
  return ws;
}

/** An offer that nobody answers goes to the next one, and who missed it is away. */
async function missed(ws) {
  const activities = Object.fromEntries((await ws.activities.list()).map((one) => [one.friendlyName, one.sid]));
  await ws.update({ timeoutActivitySid: activities.Break });
  const queue = await ws.taskQueues.create({ friendlyName: "Slow", targetWorkers: "slow == true" });
  const configuration = JSON.stringify({ task_routing: { default_filter: { queue: queue.sid } } });
  const workflow = await ws.workflows.create({ friendlyName: "Slow", configuration, taskReservationTimeout: 1 });
  const slow = (friendlyName) => ws.workers.create({ friendlyName, attributes: '{"slow":true}', activitySid: activities.Available });
  const [first, second] = [await slow("first"), await slow("second")];
  const task = await ws.tasks.create({ workflowSid: workflow.sid, attributes: "{}" });
  await until(async () => (await ws.workers(first.sid).fetch()).activityName === "Break");
  const offers = await ws.tasks(task.sid).reservations.list();
  assert.deepEqual(offers.map((offer) => [offer.workerSid, offer.reservationStatus])[0], [first.sid, "timeout"]);
  assert.equal(offers[1].workerSid, second.sid);
  await until(async () => (await ws.workers(second.sid).fetch()).activityName === "Break");
  assert.equal((await ws.tasks(task.sid).fetch()).assignmentStatus, "pending");
  assert.deepEqual(await refused(ws.workers(first.sid).reservations(offers[0].sid).update({ reservationStatus: "accepted" })), [400, 20001]);
  // Who comes back is asked again, and takes it at once.
  await ws.workers(second.sid).update({ activitySid: activities.Available });
  const again = async () => (await ws.workers(second.sid).reservations.list({ reservationStatus: "pending" }))[0];
  await until(async () => (await again()) !== undefined);
  const offer = await again();
  await ws.workers(second.sid).reservations(offer.sid).update({ reservationStatus: "accepted" });
  await ws.tasks(task.sid).update({ assignmentStatus: "completed", reason: "after all" });
  const counted = await ws.taskQueues(queue.sid).cumulativeStatistics().fetch({ minutes: 60 });
  assert.deepEqual([counted.reservationsTimedOut, counted.reservationsAccepted, counted.tasksCompleted], [2, 1, 1]);
}

/** More tasks wait than one page, or a hundred, hold. */
async function crowded(v1) {
  const made = await v1.workspaces.create({ friendlyName: "Crowded", template: "NONE" });
  const ws = v1.workspaces(made.sid);
  const queue = await ws.taskQueues.create({ friendlyName: "Nobody's", targetWorkers: "1==2" });
  const configuration = JSON.stringify({ task_routing: { default_filter: { queue: queue.sid } } });
  const workflow = await ws.workflows.create({ friendlyName: "All", configuration });
  const sids = new Set();
  let next = 0;
  const maker = async () => {
    while (next < MANY) {
      const no = next++;
      sids.add((await ws.tasks.create({ workflowSid: workflow.sid, attributes: JSON.stringify({ no }) })).sid);
    }
  };
  await Promise.all(Array.from({ length: 32 }, maker));
  assert.equal(sids.size, MANY);
  const listed = await ws.tasks.list({ pageSize: 1000 });
  assert.deepEqual(new Set(listed.map((task) => task.sid)), sids);
  assert.equal(listed.length, MANY, "each of them once");
  const begun = listed.map((task) => task.dateCreated.getTime());
  assert.ok(begun.every((at, no) => no === 0 || begun[no - 1] <= at), "in the order of making");
  const waiting = await ws.taskQueues(queue.sid).realTimeStatistics().fetch();
  assert.deepEqual([waiting.totalTasks, waiting.tasksByStatus.pending], [MANY, MANY]);
  return made.sid;
}

/** A workspace tells an address what happens, and a workflow asks one what becomes of its offers; Twilio's library judges the signatures. */
async function called(ws, callbacks, token) {
  const [events, offers] = [`${callbacks.origin}/events?shop=1`, `${callbacks.origin}/offers`];
  await ws.update({ eventCallbackUrl: events, eventsFilter: "task.created, reservation.accepted" });
  assert.equal((await ws.fetch()).eventCallbackUrl, events);
  const [workflow] = await ws.workflows.list({ friendlyName: "Three ways" });
  await ws.workflows(workflow.sid).update({ assignmentCallbackUrl: offers });
  callbacks.answer = (path) => (path === "/offers" ? { instruction: "accept" } : {});
  const task = await ws.tasks.create({ workflowSid: workflow.sid, attributes: JSON.stringify({ topic: "tech" }) });
  await until(async () => (await ws.tasks(task.sid).fetch()).assignmentStatus === "assigned");
  const kinds = ["offer", "reservation.accepted", "task.created"];
  const heard = () => callbacks.heard.map(({ path, parameters }) => (path === "/offers" ? "offer" : parameters.EventType)).sort();
  await until(() => heard().length >= kinds.length);
  assert.deepEqual(heard(), kinds);
  for (const { url, parameters, signature } of callbacks.heard) {
    assert.ok(twilio.validateRequest(token, signature, url, parameters), url);
    assert.equal(parameters.TaskSid, task.sid);
  }
  assert.deepEqual(await refused(ws.update({ eventCallbackUrl: "http://10.1.2.3/events" })), [400, 20001]);
}

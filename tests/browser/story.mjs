// The story, walked in real Chromium against the shipped binary: customers at the shop and on the phone, two agents, a supervisor, an admin.
// SEAWAY_STORY_DATA names a folder with a demo's data made before: the run works on a copy, and makes none of its own.
// node tests/browser/story.mjs [--database-url URL] [--emulators-apart] [--step NAME[,NAME]] [--keep-going] [--shots FOLDER] [--binary FILE] [--headed] [--list]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Browser } from "./lib/browser.mjs";
import { ROOT } from "./lib/modules.mjs";
import { ofServer } from "./lib/report.mjs";
import { freePort, Seaway } from "./lib/seaway.mjs";
import { Story } from "./lib/story.mjs";
import { agents } from "./chapters/agents.mjs";
import { books } from "./chapters/books.mjs";
import { bot } from "./chapters/bot.mjs";
import { channels } from "./chapters/channels.mjs";
import { custom } from "./chapters/custom.mjs";
import { conversation } from "./chapters/conversation.mjs";
import { doors } from "./chapters/doors.mjs";
import { hostile } from "./chapters/hostile.mjs";
import { offers } from "./chapters/offers.mjs";
import { prechat } from "./chapters/prechat.mjs";
import { receipts } from "./chapters/receipts.mjs";
import { queues, routing } from "./chapters/routing.mjs";
import { screens } from "./chapters/screens.mjs";
import { sms } from "./chapters/sms.mjs";
import { trouble } from "./chapters/trouble.mjs";

const { values } = parseArgs({
  options: {
    "database-url": { type: "string" },
    step: { type: "string" },
    shots: { type: "string", default: join(ROOT, "target/story") },
    binary: { type: "string", default: process.env.SEAWAY_BIN ?? join(ROOT, "target/debug/seaway") },
    "keep-going": { type: "boolean", default: false },
    headed: { type: "boolean", default: false },
    "emulators-apart": { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});

const story = new Story();
/** What the steps hand on to each other: the server, the browser, and who is there. */
const house = { seaway: null, browser: null, shots: values.shots };
for (const chapter of [doors, bot, offers, routing, agents, conversation, receipts, prechat, sms, channels, custom, trouble, hostile, screens, queues, books]) chapter(story, house);

if (values.list) {
  console.log(story.names.join("\n"));
} else {
  process.exitCode = await walk();
}

async function walk() {
  mkdirSync(values.shots, { recursive: true });
  const port = await freePort();
  const emulatorsPort = values["emulators-apart"] ? await freePort() : null;
  const seaway = new Seaway({ binary: values.binary, port, emulatorsPort, databaseUrl: values["database-url"], logFile: join(values.shots, "seaway.log") });
  house.seaway = seaway;
  const tidy = async () => {
    await house.browser?.close().catch(() => undefined);
    await seaway.remove();
  };
  process.once("SIGINT", () => void tidy().finally(() => process.exit(130)));
  process.once("SIGTERM", () => void tidy().finally(() => process.exit(143)));
  try {
    await seaway.start();
    house.browser = await Browser.launch({ shots: values.shots, headed: values.headed, wasKilled: () => seaway.kills > 0 });
    const only = values.step?.split(",") ?? null;
    const failed = await story.run({ only, engine: seaway.engine, after: () => house.browser.judge(), failed: values["keep-going"] ? clearUp : null, lasting: ["try-page", "sign-in"] });
    await house.browser.close();
    house.browser = null;
    await seaway.stop();
    seaway.audit();
    console.log("  drained, and the audit found nothing");
    if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
    return failed.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(`\n${error.stack ?? error}`);
    await tell("failed");
    // Once more as the last line, where whoever sees only the end of a log looks.
    console.error(error.message ?? error);
    return 1;
  } finally {
    await tidy();
  }
}

/** After a failure: what every page shows, the server's last words, and pictures beside them. */
async function tell(name) {
  await house.browser?.shootAll(name);
  console.error(`${(await house.browser?.report()) ?? ""}\n${ofServer(house.seaway.logFile)}\nPictures and the server's whole log are in ${values.shots}`);
}

/** After a failure, for whoever wants to see the rest too: pictures, and a shop as it was before the step. */
async function clearUp(name) {
  await tell(`failed-${name}`);
  await house.browser.closeOthers(house.staff);
  for (const one of [house.ana, house.ben]) await one?.page.reload().catch(() => undefined);
  const { items = [] } = (await house.supervisor?.api("GET", "/conversations?state=open&limit=100").catch(() => null)) ?? {};
  for (const { id } of items) await house.supervisor.api("POST", `/conversations/${id}/close`, {}).catch(() => undefined);
  for (const one of [house.ana, house.ben]) await one?.be("Available").catch(() => undefined);
  house.browser.forgive();
}

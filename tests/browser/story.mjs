// The story, walked in real Chromium against the shipped binary: customers at the shop and on the phone, two agents, a supervisor, an admin.
// node tests/browser/story.mjs [--database-url URL] [--step NAME] [--shots FOLDER] [--binary FILE] [--headed] [--list]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Browser } from "./lib/browser.mjs";
import { ROOT } from "./lib/modules.mjs";
import { freePort, Seaway } from "./lib/seaway.mjs";
import { Story } from "./lib/story.mjs";
import { books } from "./chapters/books.mjs";
import { bot } from "./chapters/bot.mjs";
import { conversation } from "./chapters/conversation.mjs";
import { doors } from "./chapters/doors.mjs";
import { hostile } from "./chapters/hostile.mjs";
import { offers } from "./chapters/offers.mjs";
import { receipts } from "./chapters/receipts.mjs";
import { screens } from "./chapters/screens.mjs";
import { sms } from "./chapters/sms.mjs";
import { trouble } from "./chapters/trouble.mjs";

const { values } = parseArgs({
  options: {
    "database-url": { type: "string" },
    step: { type: "string" },
    shots: { type: "string", default: join(ROOT, "target/story") },
    binary: { type: "string", default: process.env.SEAWAY_BIN ?? join(ROOT, "target/debug/seaway") },
    headed: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});

const story = new Story();
/** What the steps hand on to each other: the server, the browser, and who is there. */
const house = { seaway: null, browser: null, shots: values.shots };
for (const chapter of [doors, bot, offers, conversation, receipts, sms, trouble, hostile, screens, books]) chapter(story, house);

if (values.list) {
  console.log(story.names.join("\n"));
} else {
  process.exitCode = await walk();
}

async function walk() {
  mkdirSync(values.shots, { recursive: true });
  const port = await freePort();
  const seaway = new Seaway({ binary: values.binary, port, databaseUrl: values["database-url"], logFile: join(values.shots, "seaway.log") });
  house.seaway = seaway;
  const tidy = async () => {
    await house.browser?.close().catch(() => undefined);
    await seaway.remove();
  };
  process.once("SIGINT", () => void tidy().finally(() => process.exit(130)));
  process.once("SIGTERM", () => void tidy().finally(() => process.exit(143)));
  try {
    await seaway.start();
    house.browser = await Browser.launch({ shots: values.shots, headed: values.headed });
    await story.run({ only: values.step ?? null, engine: seaway.engine, after: () => house.browser.judge() });
    await house.browser.close();
    house.browser = null;
    await seaway.stop();
    seaway.audit();
    console.log("  drained, and the audit found nothing");
    return 0;
  } catch (error) {
    console.error(`\n${error.stack ?? error}\nPictures and the server's log are in ${values.shots}`);
    await house.browser?.shootAll("failed");
    return 1;
  } finally {
    await tidy();
  }
}

// S15: sixty ways to smuggle a script, through every field a customer fills and as the layout of a letter, shown on every view of the desk:
// none of them runs.
import assert from "node:assert/strict";
import { until } from "../lib/wait.mjs";
import { Visitor } from "../lib/visitor.mjs";
import { App } from "../lib/app.mjs";
import { control } from "../lib/control.mjs";
import { Phone } from "../lib/phone.mjs";
import { wantAgent } from "./channels.mjs";
import { eitherAgent } from "./offers.mjs";

/** Each calls `ran` if anything makes it a script. */
const PAYLOADS = [
  "<script>ran(1)</script>",
  "<SCRIPT SRC=data:text/javascript,ran(2)></SCRIPT>",
  "<scr<script>ipt>ran(3)</scr</script>ipt>",
  "<script\n>ran(4)</script >",
  "<script/x>ran(5)</script>",
  "<img src=x onerror=ran(6)>",
  "<img src=x onerror='ran(7)'//",
  "<img/src=x/onerror=ran(8)>",
  "<IMG SRC=x OnErRoR=ran(9)>",
  "<img src=x:x onerror\n=\nran(10)>",
  "\"><img src=x onerror=ran(11)>",
  "'><img src=x onerror=ran(12)>",
  "</textarea><img src=x onerror=ran(13)>",
  "</title><img src=x onerror=ran(14)>",
  "</style><img src=x onerror=ran(15)>",
  "--><img src=x onerror=ran(16)>",
  "]]><img src=x onerror=ran(17)>",
  "<svg onload=ran(18)>",
  "<svg/onload=ran(19)//",
  "<svg><script>ran(20)</script></svg>",
  "<svg><animate onbegin=ran(21) attributeName=x dur=1s>",
  "<svg><a xlink:href=javascript:ran(22)><text x=20 y=20>x</text></a>",
  "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>ran(23)</script></svg>#x\">",
  "<math><maction actiontype=statusline xlink:href=javascript:ran(24)>x</maction></math>",
  "<math><mtext><table><mglyph><style><img src=x onerror=ran(25)>",
  "<iframe src=javascript:ran(26)></iframe>",
  "<iframe srcdoc=\"<script>parent.ran(27)</script>\"></iframe>",
  "<object data=javascript:ran(28)></object>",
  "<embed src=javascript:ran(29)>",
  "<a href=javascript:ran(30)>x</a>",
  "<a href=\"jav&#x09;ascript:ran(31)\">x</a>",
  "<a href=\"&#106;avascript:ran(32)\">x</a>",
  "javascript:ran(33)",
  "JaVaScRiPt:ran(34)//https://example.org",
  "https://example.org/\" onmouseover=\"ran(35)",
  "https://example.org/' onclick='ran(36)",
  "https://example.org/<img src=x onerror=ran(37)>",
  "data:text/html,<script>ran(38)</script>",
  "data:text/html;base64,PHNjcmlwdD5yYW4oMzkpPC9zY3JpcHQ+",
  "[x](javascript:ran(40))",
  "![x](x\"onerror=\"ran(41))",
  "`<img src=x onerror=ran(42)>`",
  "{{constructor.constructor('ran(43)')()}}",
  "${ran(44)}",
  "#{ran(45)}",
  "<%= ran(46) %>",
  "{% raw %}<img src=x onerror=ran(47)>{% endraw %}",
  "{{ \"<img src=x onerror=ran(48)>\" }}",
  "<details open ontoggle=ran(49)>x",
  "<video><source onerror=ran(50)></video>",
  "<audio src=x onerror=ran(51)>",
  "<input autofocus onfocus=ran(52)>",
  "<body onload=ran(53)>",
  "<style>@import 'javascript:ran(54)';</style>",
  "<link rel=stylesheet href=javascript:ran(55)>",
  "<meta http-equiv=refresh content=\"0;url=javascript:ran(56)\">",
  "<base href=javascript:ran(57)//>",
  "<form action=javascript:ran(58)><button>x</button></form>",
  "<div style=\"background:url(javascript:ran(59))\">x</div>",
  "<template><img src=x onerror=ran(60)></template>\u202e<b>",
];

/** How many stand in one message: a visitor may not flood. */
const TOGETHER = 6;
const MAILBOX = "hello@tidewater.example";
/** What the layout of a letter may not hold, and where its links and pictures may lead. */
const BARRED = "script, style, svg, math, form, input, textarea, iframe, object, embed, audio, video, template, body meta, body link, body base, [style], [srcset]";

/** What ran so far, and the browsers in which it is watched. */
const runs = [];
const watched = new WeakSet();

async function watch(context) {
  if (watched.has(context)) return;
  watched.add(context);
  await context.exposeBinding("ran", ({ frame }, number) => void runs.push(`${number} in ${frame.url()}`));
  context.on("dialog", (dialog) => void (runs.push(dialog.message()), dialog.dismiss()));
}

export function hostile(story, house) {
  story.step("hostile-texts", ["sign-in"], async () => {
    assert.equal(PAYLOADS.length, 60);
    await watch(house.staff);
    runs.length = 0;
    const phones = await house.browser.person("hostile phone");
    const visitor = await Visitor.arrive(house.browser, house.seaway, { name: "hostile", prepare: watch });
    await visitor.ask("I'm <img src=x onerror=ran(61)> Mallory, order 1042<script>ran(62)</script>");
    await visitor.wantAgent("live agent", "English");
    const [agent] = await eitherAgent(house);
    await agent.accept();
    await agent.page.reload();
    await agent.composer.waitFor();
    const conversation = agent.conversation;
    // The trap itself works: what runs is heard of, on either side.
    await agent.page.evaluate(() => window.ran("desk"));
    await visitor.chat.locator("body").evaluate(() => window.ran("chat"));
    assert.equal(runs.splice(0).length, 2);

    const parts = Array.from({ length: PAYLOADS.length / TOGETHER }, (_, part) => PAYLOADS.slice(part * TOGETHER, (part + 1) * TOGETHER));
    for (const part of parts) {
      await visitor.field.fill(part.join("\n"));
      await visitor.field.press("Enter");
    }
    const name = "\"><img src=x onerror=ran(63)>.txt";
    await visitor.attach({ name, mimeType: "text/plain", buffer: Buffer.from(`Plain words\n${PAYLOADS.join("\n")}`) });
    await visitor.say("the file");
    await agent.sees("the file");
    await agent.sees(/onerror=ran\(63\).*\.txt/);
    await agent.reply(PAYLOADS.slice(0, 20).join("\n"));
    await visitor.sees("ran(20)");

    await everyView(house, agent, conversation, runs);
    await done(agent, conversation);

    const phone = await Phone.open(phones, house.seaway);
    await phone.ask("LIVE_AGENT");
    await phone.say("English");
    for (const one of [house.ana, house.ben]) {
      await one.goto("/desk");
      await one.be("Available");
    }
    const [texter] = await eitherAgent(house);
    await texter.accept();
    for (const part of parts) await phone.say(part.join(" ").replaceAll("\n", " "));
    await everyView(house, texter, texter.conversation, runs);
    await done(texter, texter.conversation);
    assert.deepEqual(runs, [], "no script ran");
    await visitor.leave();
    await phones.close();
  });

  story.step("hostile-letters", ["sign-in"], async () => {
    await watch(house.staff);
    runs.length = 0;
    const app = await App.open(await house.browser.person("hostile mail"), house.seaway);
    await app.choose("Mail");
    await app.hold("Tom");
    const agent = await wantAgent({ ...house, app }, { mails: true });
    await agent.accept();
    const conversation = agent.conversation;
    const fetched = [];
    agent.page.on("request", (request) => void fetched.push(request.url()));

    // Whatever one of them leaves open would hide the next ones.
    const closed = "</style></script></textarea></title></template></iframe></svg></math>";
    const [last, others] = [PAYLOADS.filter((one) => one.includes("<table>")), PAYLOADS.filter((one) => !one.includes("<table>"))];
    const first = await letter(house, agent, [...others, ...last].map((payload) => `<div>${payload}${closed}</div>`).join("\n"), "the layout");
    await agent.goto(`/desk/${conversation}`);
    await agent.composer.waitFor();
    await agent.log.getByRole("button", { name: "As it was laid out" }).last().click();
    const frame = agent.log.locator("iframe.mail-frame").last();
    await frame.waitFor();
    assert.equal(await frame.getAttribute("sandbox"), "allow-popups allow-popups-to-escape-sandbox", "no scripts, and no origin of its own");
    const body = frame.contentFrame().locator("body");
    await until("the layout is shown", async () => (await body.textContent()).includes("${ran(44)}"));
    assert.equal(await body.locator(BARRED).count(), 0, "nothing barred is left of it");
    const named = await body.evaluate((body) => [...body.querySelectorAll("*")].flatMap((one) => one.getAttributeNames().map((name) => [one.tagName, name, one.getAttribute(name)])));
    for (const [tag, name, value] of named) {
      assert.ok(!name.startsWith("on"), `${tag} ${name}`);
      if (["href", "src", "action", "xlink:href"].includes(name)) assert.match(value, /^(https|mailto|tel|cid):/i, `${tag} ${name}=${value}`);
    }
    await house.browser.shoot(agent.page, "hostile-letter");

    // What a browser made of it is clean as it is: cleaned again, it says the same.
    const read = (html) => agent.page.evaluate((html) => new DOMParser().parseFromString(html, "text/html").body.innerHTML, html);
    const once = await read(first);
    const again = await read(await letter(house, agent, once, "once more"));
    // An app quotes below what it answers.
    assert.ok(again.startsWith(once.trimEnd()), `${again}\nis not\n${once}`);
    await agent.page.waitForTimeout(500);
    const own = new URL(house.seaway.url("")).port;
    const elsewhere = fetched.filter((url) => /^https?:/.test(url) && new URL(url).port !== own);
    assert.deepEqual(elsewhere, [], "nothing is fetched from elsewhere");
    assert.deepEqual(runs, [], "no script ran");
    await agent.front();
    await done(agent, conversation);
    await app.page.context().close();
  });
}

/** Tom answers in his newest thread with this layout; what our server keeps of it. */
async function letter(house, agent, html, text) {
  const screens = await control(house.seaway, "mail", "GET", `/people/tom/mailboxes/${MAILBOX}/screens`);
  const newest = screens.filter((screen) => screen.place).toSorted((a, b) => b.messages.at(-1).position - a.messages.at(-1).position)[0];
  const thread = encodeURIComponent(newest.place);
  await control(house.seaway, "mail", "POST", `/people/tom/mailboxes/${MAILBOX}/acts?thread=${thread}`, { act: "mail", subject: "", text, html });
  const kept = await until(`the letter “${text}” is heard`, async () => (await agent.messages()).findLast((message) => message.direction === "in" && message.text === text));
  return kept.extras.find((extra) => extra.kind === "mail").html;
}

/** Completes without the form, which waits until each of these long messages was in sight. */
async function done(agent, conversation) {
  const { task, last_seq } = await agent.api("GET", `/conversations/${conversation}`);
  await agent.api("POST", `/tasks/${task.id}/complete`, { disposition: "spam", note: "", last_seen_seq: last_seq });
}

/** Every view of the desk that shows what customers wrote: as text, whole, and without an element made of it. */
async function everyView(house, agent, conversation, runs) {
  await agent.goto(`/desk/${conversation}`);
  await agent.composer.waitFor();
  const shown = await until("the whole transcript is shown", async () => {
    const text = await agent.log.evaluate((log) => log.textContent);
    return text.includes("ran(60)") && text.replaceAll("\n", " ");
  });
  for (const payload of PAYLOADS.map((one) => one.replaceAll("\n", " ")).filter((one) => !one.includes("\u202e"))) {
    assert.ok(shown.includes(payload), `${payload} is shown as it was written`);
  }
  // A link may only lead to the web, whatever the words around it are.
  const links = await agent.log.evaluate((log) => [...log.querySelectorAll("a[href]")].map((link) => link.href));
  for (const link of links) assert.match(link, /^https?:\/\//, link);
  const foreign = "script:not([src]), iframe, object, embed, base, form[action], [onerror], [onload], [onclick], [onmouseover], [style*=javascript]";

  const { contact } = await agent.api("GET", `/conversations/${conversation}`);
  const { items } = await house.admin.api("GET", `/executions?conversation=${conversation}`);
  const { flow_id: flow } = items[0];
  const views = [
    [agent, `/desk/${conversation}`], [house.supervisor, "/board"], [house.supervisor, "/contacts"], [house.supervisor, `/contacts/${contact.person_id}`],
    [house.admin, `/admin/flows/${flow}`, newestRun], [house.admin, "/admin/audit"], [house.admin, "/admin/workspace"], [house.supervisor, "/desk"],
  ];
  for (const [who, path, open = async () => undefined] of views) {
    await who.visit(path);
    assert.equal(await who.page.getByRole("heading", { name: "Nothing lives at this address" }).count(), 0, `${path} is a page of its own`);
    await open(who.page);
    assert.equal(await who.page.locator(foreign).count(), 0, `${path} holds nothing that a customer made`);
  }
  await house.supervisor.page.keyboard.press("Control+k");
  await house.supervisor.page.keyboard.type("onerror");
  await house.supervisor.page.waitForTimeout(1_000);
  assert.equal(await house.supervisor.page.locator(foreign).count(), 0, "what was found holds nothing that a customer made");
  await house.supervisor.page.keyboard.press("Escape");
  assert.deepEqual(runs, [], "no script ran");
}

/** The customer's words as the flow saw them: each step of the newest run, unfolded. */
async function newestRun(page) {
  await page.getByRole("tab", { name: "Runs" }).click();
  await page.getByRole("row").nth(1).click();
  const steps = page.getByRole("dialog").locator(".stephead");
  await steps.first().waitFor();
  for (const step of await steps.all()) await step.click();
  await page.getByRole("dialog").locator("pre").first().waitFor();
}

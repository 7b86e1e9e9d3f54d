// The library that most bots are written with is a client of the emulated Discord, over real sockets; Discord's own judges its signatures.
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { PICTURE, control, emulators, library, listener, taken, until } from "./lib.mjs";

const { ActionRowBuilder, ButtonBuilder, ButtonStyle, ChannelType, Client, DiscordAPIError, Events, GatewayIntentBits, MessageFlags, Partials, RESTEvents } =
  library("discord.js");
const { InteractionResponseType, InteractionType, verifyKey } = library("discord-interactions");

const BOT = { id: "1100000000000000001", name: "Tidewater", token: "MTEwMDAwMDAwMDAwMDAwMDAwMQ.peer.judge", key_seed: "07".repeat(32), commands: ["order"] };
const MIA = { key: "mia", id: "1100000000000000002", name: "Mia Brandt" };
const GUILD = { id: "1100000000000000003", name: "Harbour", members: ["mia"], channels: [{ id: "1100000000000000004", name: "help" }] };
const HELP = GUILD.channels[0].id;
const { Guilds, GuildMessages, GuildMessageReactions, DirectMessages, DirectMessageReactions, DirectMessageTyping, MessageContent } = GatewayIntentBits;

async function discord(t, bot = {}, egress_allow = []) {
  const port = await emulators(t, (port) => ({
    seed: 1,
    hosts: { discord: "127.0.0.1" },
    egress_allow,
    discord: { origin: `http://127.0.0.1:${port}`, bots: [{ ...BOT, ...bot }], people: [MIA], guilds: [GUILD] },
  }));
  const origin = `http://127.0.0.1:${port}`;
  const door = control(origin);
  const at = (channel) => (channel ? `?channel=${channel}` : "");
  return {
    origin,
    act: async (what, channel) => (await door("POST", `bots/${BOT.id}/people/mia/acts${at(channel)}`, what)).id,
    screen: async (channel) => (await door("GET", `bots/${BOT.id}/people/mia/events${at(channel)}`)).messages,
    upset: (what) => door("POST", `gateway/${what}`, {}),
    faults: (faults) => door("PUT", "faults", faults),
    ledger: () => door("GET", "ledger"),
  };
}

/** A bot that has logged in and heard of its servers; `heard` is every message it was told of. */
async function loggedIn(t, world) {
  const client = new Client({
    intents: [Guilds, GuildMessages, GuildMessageReactions, DirectMessages, DirectMessageReactions, DirectMessageTyping, MessageContent],
    partials: [Partials.Channel, Partials.Message, Partials.Reaction],
    rest: { api: `${world.origin}/api`, retries: 1 },
  });
  t.after(() => client.destroy());
  const heard = [];
  const faults = [];
  client.on(Events.MessageCreate, (message) => heard.push(message)).on(Events.Error, (why) => faults.push(why));
  const ready = once(client, Events.ClientReady);
  await client.login(BOT.token);
  await ready;
  t.after(() => assert.deepEqual(faults, []));
  return { client, heard };
}

/** What the person says, as the bot is told of it. */
async function told(world, { heard }, what, channel) {
  const id = await world.act(what, channel);
  return until(() => heard.find((message) => message.id === id));
}

test("a bot logs in, hears a direct message, and answers with words and a file", async (t) => {
  const world = await discord(t);
  const bot = await loggedIn(t, world);
  assert.deepEqual([bot.client.user.id, bot.client.user.username, bot.client.user.bot], [BOT.id, "Tidewater", true]);
  const guild = bot.client.guilds.cache.get(GUILD.id);
  assert.deepEqual([guild.name, guild.available, guild.channels.cache.get(HELP).name], ["Harbour", true, "help"]);

  const said = await told(world, bot, { act: "say", text: "Is the blue one in stock? 👋" });
  assert.deepEqual([said.content, said.author.id, said.author.globalName, said.channel.type], ["Is the blue one in stock? 👋", MIA.id, MIA.name, ChannelType.DM]);
  await said.channel.sendTyping();
  const answer = await said.reply({ content: "It is.", files: [{ attachment: PICTURE, name: "blue.png", description: "the blue one" }] });
  assert.deepEqual([answer.content, answer.reference.messageId, answer.attachments.first().name], ["It is.", said.id, "blue.png"]);
  const file = await fetch(answer.attachments.first().url);
  assert.equal(file.headers.get("content-type"), "image/png");
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), PICTURE);
  assert.equal((await fetch(answer.attachments.first().url.replace(/hm=../, "hm=00"))).status, 404);

  const { accepted, typing, refused } = await world.ledger();
  assert.deepEqual(accepted.map(({ text, person, files }) => [text, person, files.length]), [["It is.", "mia", 1]]);
  assert.deepEqual([typing, refused], [[said.channelId], []]);

  const edited = await answer.edit("It is in stock.");
  assert.equal(edited.content, "It is in stock.");
  assert.equal(edited.attachments.size, 1, "an edit of the words leaves the file");
  await said.react("👍");
  const [theirs] = (await world.screen()).filter((message) => message.id === said.id);
  assert.deepEqual(theirs.reactions, [["👍", BOT.id]]);
  const reaction = once(bot.client, Events.MessageReactionAdd);
  await world.act({ act: "react", message: answer.id, emoji: "❤️" });
  const [{ emoji }, { id }] = await reaction;
  assert.deepEqual([emoji.name, id], ["❤️", MIA.id]);
  await answer.delete();
  await assert.rejects(said.channel.messages.fetch({ message: answer.id, force: true }), (why) => why instanceof DiscordAPIError && why.code === 10008);

  const sent = await told(world, bot, { act: "say", text: "this one", media: [{ content_type: "image/png", name: "mine.png", data: PICTURE.toString("base64") }] });
  const { name, contentType, size, url } = sent.attachments.first();
  assert.deepEqual([name, contentType, size], ["mine.png", "image/png", PICTURE.length]);
  assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), PICTURE);
  const change = once(bot.client, Events.MessageUpdate);
  await world.act({ act: "edit", message: sent.id, text: "that one" });
  assert.equal((await change)[1].content, "that one");
  const gone = once(bot.client, Events.MessageDelete);
  await world.act({ act: "unsend", message: sent.id });
  assert.equal((await gone)[0].id, sent.id);
});

test("a bot that keeps to the limits it is told is never turned away, and one that is, is told how long", async (t) => {
  const world = await discord(t);
  const bot = await loggedIn(t, world);
  const { channel } = await told(world, bot, { act: "say", text: "hello" });
  const waits = [];
  bot.client.rest.on(RESTEvents.RateLimited, (wait) => waits.push(wait));
  const texts = Array.from({ length: 7 }, (_, no) => `line ${no}`);
  for (const text of texts) await channel.send({ content: text, nonce: text, enforceNonce: true });
  const { accepted, refused } = await world.ledger();
  assert.deepEqual(accepted.map(({ text }) => text), texts);
  assert.deepEqual(refused, [], "the library waited by itself, because the headers said so");
  assert.equal(waits[0].limit, 5);
  assert.ok(waits[0].timeToReset > 1_000 && waits[0].timeToReset <= 5_500, `${waits[0].timeToReset} ms`);

  const again = await channel.send({ content: "line 6", nonce: "line 6", enforceNonce: true });
  assert.equal(again.content, "line 6");
  const repeated = await world.ledger();
  assert.deepEqual([repeated.accepted.length, repeated.repeats], [7, 1]);

  for (const global of [false, true]) {
    await world.faults({ too_many: 1, retry_after_ms: 700, global });
    const from = Date.now();
    await channel.send(`after a pause ${global}`);
    assert.ok(Date.now() - from >= 700, "the library waited as long as it was told");
    assert.equal(waits.at(-1).global, global);
  }
  const after = await world.ledger();
  assert.deepEqual(after.refused.map(({ status }) => status), [429, 429]);
  assert.deepEqual(after.accepted.slice(7).map(({ text }) => text), ["after a pause false", "after a pause true"]);
});

test("a connection that goes is taken up again, and nothing is missed or told twice", async (t) => {
  const world = await discord(t);
  const bot = await loggedIn(t, world);
  const ids = [(await told(world, bot, { act: "say", text: "before" })).id];
  for (const what of ["reconnect", "cut", "close/4000", "invalid_resumable"]) {
    const resumed = once(bot.client, Events.ShardResume);
    await world.upset(what);
    ids.push(await world.act({ act: "say", text: `during ${what}` }));
    await resumed;
    ids.push((await told(world, bot, { act: "say", text: `after ${what}` })).id);
  }
  assert.deepEqual(bot.heard.map(({ id }) => id), ids);
  const { gateway } = await world.ledger();
  const count = (what) => gateway.filter((noted) => noted.what === what).length;
  assert.deepEqual([count("identify"), count("resume"), count("refuse_resume")], [1, 4, 0]);

  // A session that is over is begun anew; what was said meanwhile is not told by Discord either.
  const identified = gateway.length;
  await world.upset("invalid");
  await until(async () => (await world.ledger()).gateway.slice(identified).some(({ what }) => what === "identify"));
  assert.equal((await told(world, bot, { act: "say", text: "anew" })).content, "anew");
});

test("buttons and commands reach the bot, and its answer the person", async (t) => {
  const world = await discord(t);
  const bot = await loggedIn(t, world);
  const { channel } = await told(world, bot, { act: "say", text: "hello" });
  const row = new ActionRowBuilder().addComponents(
    new ButtonBuilder().setCustomId("take-blue").setLabel("Take it").setStyle(ButtonStyle.Primary),
    new ButtonBuilder().setURL("https://shop.example.com/blue").setLabel("Look").setStyle(ButtonStyle.Link),
  );
  const offered = await channel.send({ content: "The blue one?", components: [row] });

  const tap = once(bot.client, Events.InteractionCreate);
  await world.act({ act: "tap", message: offered.id, button: "take-blue" });
  const [tapped] = await tap;
  assert.ok(tapped.isButton());
  assert.deepEqual([tapped.customId, tapped.user.id, tapped.message.id, tapped.inGuild()], ["take-blue", MIA.id, offered.id, false]);
  await tapped.deferUpdate();

  const command = once(bot.client, Events.InteractionCreate);
  await world.act({ act: "say", text: "/order 4711" }, HELP);
  const [ordered] = await command;
  assert.ok(ordered.isChatInputCommand() && ordered.inGuild());
  assert.deepEqual([ordered.commandName, ordered.options.getString("text"), ordered.member.user.id, ordered.guild.name], ["order", "4711", MIA.id, "Harbour"]);
  await ordered.reply({ content: "On its way.", flags: MessageFlags.Ephemeral });
  const { interactions } = await world.ledger();
  assert.deepEqual(interactions.map(({ answer }) => answer.type), [6, 4]);
  const shown = (await world.screen(HELP)).find(({ text }) => text === "On its way.");
  assert.deepEqual([shown.author, shown.only_you], [BOT.id, true]);
});

test("a ticket is a thread of the server", async (t) => {
  const world = await discord(t);
  const bot = await loggedIn(t, world);
  const asked = await told(world, bot, { act: "say", text: "@Tidewater where is my parcel?" }, HELP);
  assert.ok(asked.mentions.has(BOT.id));
  assert.deepEqual([asked.guild.name, asked.channel.name, asked.member?.id], ["Harbour", "help", MIA.id]);
  const thread = await asked.startThread({ name: "Parcel of Mia" });
  assert.deepEqual([thread.isThread(), thread.parentId, thread.name], [true, HELP, "Parcel of Mia"]);
  await thread.send("It is at the harbour.");
  const more = await told(world, bot, { act: "say", text: "thanks" }, thread.id);
  assert.equal(more.channel.id, thread.id);
  const lines = await thread.messages.fetch({ limit: 10 });
  assert.deepEqual(lines.map(({ content }) => content), ["thanks", "It is at the harbour."]);
  // What comes right behind a mark is listed, not what came last.
  for (const text of ["one", "two", "three"]) await told(world, bot, { act: "say", text }, thread.id);
  const behind = await thread.messages.fetch({ after: more.id, limit: 2, cache: false });
  assert.deepEqual(behind.map(({ content }) => content), ["two", "one"]);
  const { threads } = await asked.guild.channels.fetchActiveThreads(false);
  assert.deepEqual([...threads.keys()], [thread.id]);
  await assert.rejects(thread.messages.fetch({ limit: 101 }), (why) => why instanceof DiscordAPIError && why.code === 50035);
  const member = await asked.guild.members.fetch({ user: MIA.id, force: true });
  assert.equal(member.user.globalName, MIA.name);
  await assert.rejects(bot.client.channels.fetch("1"), (why) => why instanceof DiscordAPIError && why.code === 10003);
});

test("S22 the official validator takes what Discord signs, and nothing else", async (t) => {
  const posts = [];
  const url = await listener(t, async (request, response, bytes) => {
    const signature = request.headers["x-signature-ed25519"];
    const time = request.headers["x-signature-timestamp"];
    const genuine = await verifyKey(bytes, signature, time, publicKey);
    posts.push({ bytes, signature, time, genuine });
    if (!genuine) return response.writeHead(401).end();
    const { type } = JSON.parse(bytes);
    assert.equal(type, InteractionType.APPLICATION_COMMAND);
    const data = { content: "Grüße", flags: MessageFlags.Ephemeral };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ type: InteractionResponseType.CHANNEL_MESSAGE_WITH_SOURCE, data }));
  });
  const world = await discord(t, { interactions_url: `http://127.0.0.1:${url}/in` }, [`127.0.0.1:${url}`]);
  const { verify_key: publicKey } = await (await fetch(`${world.origin}/api/v10/applications/@me`, { headers: { authorization: `Bot ${BOT.token}`, "user-agent": "DiscordBot (x, 1)" } })).json();

  await world.act({ act: "say", text: "/order Grüße 안녕 👋" });
  const [{ bytes, signature, time, genuine }] = await until(() => posts.length && posts);
  assert.ok(genuine);
  for (const [bent, stamp, key, why] of [
    [Buffer.concat([bytes, Buffer.from(" ")]), time, publicKey, "another body"],
    [bytes, `${Number(time) + 1}`, publicKey, "another time"],
    [bytes, time, PUBLIC, "another key"],
  ]) {
    assert.ok(!(await verifyKey(bent, signature, stamp, key)), why);
  }
  await until(async () => (await world.screen()).some(({ text, only_you }) => text === "Grüße" && only_you));
  await world.faults({ wrong_signature: 1 });
  await world.act({ act: "say", text: "/order again" });
  await until(() => posts[1]);
  assert.equal(posts[1].genuine, false);
  assert.deepEqual((await world.ledger()).interactions.map(({ status }) => status), [200, 401]);
});

const SECRET = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 9)]), format: "der", type: "pkcs8" });
const PUBLIC = createPublicKey(SECRET).export({ format: "der", type: "spki" }).subarray(-32).toString("hex");

test("S22 the connector takes what the official validator takes while it is fresh, and nothing that it refuses", async () => {
  const NOW = 1_790_000_000;
  const signed = (time, body) => sign(null, Buffer.from(`${time}${body}`), SECRET).toString("hex");
  const ping = JSON.stringify({ type: InteractionType.PING, id: "1", application_id: BOT.id });
  const tap = JSON.stringify({ type: 3, id: "2", channel_id: "3", user: { ...MIA, username: "mia" }, data: { custom_id: "Grüße 안녕", component_type: 2 } });
  const time = `${NOW}`;
  const zeros = "00".repeat(64);
  const cases = [
    [true, ping, time, signed(time, ping), PUBLIC],
    [true, tap, time, signed(time, tap), PUBLIC],
    [false, tap.replace('"2"', '"4"'), time, signed(time, tap), PUBLIC],
    [false, `${tap}\n`, time, signed(time, tap), PUBLIC],
    [false, tap, `${NOW + 1}`, signed(time, tap), PUBLIC],
    // The same bytes cut elsewhere.
    [false, `0${tap}`, time, signed(time, tap), PUBLIC],
    [false, tap, time, signed(time, ping), PUBLIC],
    [false, tap, time, signed(time, tap).slice(0, -2), PUBLIC],
    [false, tap, time, zeros, PUBLIC],
    [false, tap, time, "", PUBLIC],
    [false, tap, time, signed(time, tap), "00".repeat(32)],
    [false, tap, time, zeros, "00".repeat(32)],
    [false, tap, time, signed(time, tap), `${PUBLIC.slice(0, -2)}00`],
  ];
  const request = ([, body, time, signature, public_key]) => ({
    kind: "discord", settings: { public_key, application_id: BOT.id }, secrets: { bot_token: BOT.token }, target: "/in/discord/KA1",
    headers: [["X-Signature-Ed25519", signature], ["X-Signature-Timestamp", time]], body, at: NOW,
  });
  const genuine = cases.map(([genuine]) => genuine);
  const official = await Promise.all(cases.map(([, body, time, signature, key]) => verifyKey(body, signature, time, key).catch(() => false)));
  assert.deepEqual(official, genuine);
  assert.deepEqual(taken(cases.map(request)), genuine);

  // The official validator leaves it to the bot to look at the time: what is genuine and old is somebody's copy.
  const late = { ...request(cases[0]), at: NOW + 3_600 };
  const early = { ...request(cases[0]), at: NOW - 3_600 };
  const keyless = { ...request(cases[0]), settings: {} };
  const headless = { ...request(cases[0]), headers: [] };
  // A digit that moves from the time into the body leaves the signature whole, and makes the time a long gone one.
  const moved = request([, `${time.at(-1)}${ping}`, time.slice(0, -1), signed(time, ping), PUBLIC]);
  assert.ok(await verifyKey(moved.body, signed(time, ping), time.slice(0, -1), PUBLIC));
  assert.deepEqual(taken([late, early, keyless, headless, moved]), [false, false, false, false, false]);
});

// LINE's own SDK is a client of the emulated platform, and judges what it signs; what the SDK takes as genuine, the connector takes.
import assert from "node:assert/strict";
import { createHash, createHmac, randomUUID } from "node:crypto";
import { test } from "node:test";
import { PICTURE, control, emulators, library, listener, taken, until } from "./lib.mjs";

const { HTTPFetchError, LineBotClient, LINE_SIGNATURE_HTTP_HEADER_NAME, SignatureValidationFailed, channelAccessToken, middleware, validateSignature } =
  library("@line/bot-sdk");

const ACCOUNT = { kind: "line", id: `U${"b".repeat(32)}`, name: "Tidewater", app_id: "1650000001", app_secret: "channel-secret-of-the-shop" };
const TOKEN = "a-long-lived-token";

/** The platform with one account, its webhook taken by the SDK's own middleware; and the client of the account's owner. */
async function platform(t, account = {}) {
  const heard = [];
  const refused = [];
  let answers = [];
  const accept = middleware({ channelSecret: ACCOUNT.app_secret });
  const shop = await listener(t, (request, response, bytes) => {
    if (request.method === "GET") return response.writeHead(200, { "content-type": "image/png" }).end(PICTURE);
    request.rawBody = bytes;
    accept(request, response, (why) => {
      if (why) refused.push(why);
      else heard.push({ ...request.body, signature: request.headers[LINE_SIGNATURE_HTTP_HEADER_NAME], bytes });
      response.writeHead(why ? 401 : (answers.shift() ?? 200)).end();
    });
  });
  const webhook = `http://127.0.0.1:${shop}/webhook`;
  const port = await emulators(t, (port) => ({
    seed: 1,
    hosts: { line: "localhost", line_data: "127.0.0.1" },
    egress_allow: [`127.0.0.1:${shop}`],
    platforms: {
      origin: `http://127.0.0.1:${port}`,
      accounts: [{ ...ACCOUNT, access_token: TOKEN, username: "@tidewater", webhook_url: webhook, ...account }],
      people: [{ key: "mia", name: "Mia Brandt", lang: "de" }, { key: "group-sailors", name: "Sailors" }],
    },
  }));
  const door = control(`http://localhost:${port}`);
  const bases = { apiBaseURL: `http://localhost:${port}`, dataApiBaseURL: `http://127.0.0.1:${port}` };
  const client = (channelAccessToken = TOKEN) => LineBotClient.fromChannelAccessToken({ channelAccessToken, ...bases });
  const tokens = new channelAccessToken.ChannelAccessTokenClient({ channelAccessToken: "", baseURL: bases.apiBaseURL });
  const act = (what, person = "mia") => door("POST", `accounts/${ACCOUNT.id}/people/${person}/acts`, what);
  const told = async (what, person) => {
    const before = heard.length;
    const { id } = await act(what, person);
    const { events } = await until(() => heard[before]);
    return { ...events[0], made: id };
  };
  return {
    webhook, client, tokens, heard, refused, act, told,
    shop: `http://127.0.0.1:${shop}`,
    answer: (...statuses) => (answers = statuses),
    set: (what, body) => door("PUT", `accounts/${ACCOUNT.id}/${what}`, body),
    ledger: () => door("GET", `accounts/${ACCOUNT.id}/ledger`),
    shown: async (id) => until(async () => (await door("GET", `accounts/${ACCOUNT.id}/people/mia/events`)).messages.find((one) => one.id === id)),
  };
}

/** The error that the SDK makes of a refusal. */
async function refusal(asked) {
  const why = await asked.then(() => assert.fail("LINE refuses this"), (why) => why);
  assert.ok(why instanceof HTTPFetchError, String(why));
  return { status: why.status, headers: why.headers, ...JSON.parse(why.body) };
}

test("S22 the official validator takes what the platform signs, and nothing else", async (t) => {
  const line = await platform(t, { extra: { redelivery: "on" } });
  const said = await line.told({ act: "say", text: "Grüße 안녕 👋 \u2028 \"x\" \\ </script>" });
  assert.equal(said.message.text, "Grüße 안녕 👋 \u2028 \"x\" \\ </script>");
  await line.told({ act: "start" });
  await line.told({ act: "sticker", sticker: "wave" });
  for (const { bytes, signature } of line.heard) {
    assert.ok(validateSignature(bytes, ACCOUNT.app_secret, signature));
    assert.ok(!validateSignature(Buffer.concat([bytes, Buffer.from(" ")]), ACCOUNT.app_secret, signature), "another body");
    assert.ok(!validateSignature(bytes, "another-secret", signature), "another secret");
  }
  assert.equal(line.refused.length, 0);

  // What comes again is signed anew, because it says that it comes again.
  await line.set("delays", { pace: 1000 });
  line.answer(500);
  const before = line.heard.length;
  await line.act({ act: "say", text: "once more" });
  const [first, again] = await until(() => line.heard.length >= before + 2 && line.heard.slice(before));
  assert.deepEqual([first, again].map(({ events }) => events[0].deliveryContext.isRedelivery), [false, true]);
  assert.equal(first.events[0].webhookEventId, again.events[0].webhookEventId);
  assert.notEqual(first.signature, again.signature);

  await line.set("faults", { wrong_signature: 1 });
  await line.act({ act: "say", text: "forged" });
  const why = await until(() => line.refused[0]);
  assert.ok(why instanceof SignatureValidationFailed, String(why));
});

test("the SDK speaks for the account as it does at LINE", async (t) => {
  const line = await platform(t);
  const client = line.client();

  const info = await client.getBotInfo();
  assert.deepEqual([info.userId, info.basicId, info.displayName, info.chatMode], [ACCOUNT.id, "@tidewater", "Tidewater", "bot"]);
  assert.deepEqual(await client.getWebhookEndpoint(), { endpoint: line.webhook, active: true });
  await client.setWebhookEndpoint({ endpoint: `${line.webhook}?here` });
  assert.equal((await client.getWebhookEndpoint()).endpoint, `${line.webhook}?here`);
  const tested = await client.testWebhookEndpoint({ endpoint: line.webhook });
  assert.deepEqual([tested.success, tested.statusCode, tested.reason], [true, 200, "OK"]);
  assert.deepEqual(line.heard.at(-1).events, [], "a test is an empty delivery");

  const said = await line.told({ act: "say", text: "Is the blue one in stock?" });
  const { userId } = said.source;
  assert.equal(said.message.id, said.made);
  assert.deepEqual(await client.getProfile(userId), { userId, displayName: "Mia Brandt", language: "de" });
  assert.equal((await refusal(client.getProfile(`U${"0".repeat(32)}`))).status, 404);

  await client.showLoadingAnimation({ chatId: userId, loadingSeconds: 20 });
  assert.equal((await refusal(client.showLoadingAnimation({ chatId: userId, loadingSeconds: 7 }))).status, 400);
  await client.markMessagesAsReadByToken({ markAsReadToken: said.message.markAsReadToken });
  assert.deepEqual((await line.ledger()).signals.map(({ what }) => what), ["typing", "mark_as_read"]);

  const { sentMessages: [answer] } = await client.replyMessage({
    replyToken: said.replyToken,
    messages: [{ type: "text", text: "It is.", quoteToken: said.message.quoteToken, quickReply: { items: [{ type: "action", action: { type: "message", label: "Buy", text: "I buy it" } }] } }],
  });
  const seen = await line.shown(answer.id);
  assert.deepEqual([seen.text, seen.reply_to, seen.choices.map(({ title }) => title)], ["It is.", said.made, ["Buy"]]);
  const second = await refusal(client.replyMessage({ replyToken: said.replyToken, messages: [{ type: "text", text: "Again." }] }));
  assert.deepEqual([second.status, second.message], [400, "Invalid reply token"]);

  const tapped = await line.told({ act: "tap", message: answer.id, button: seen.choices[0].id });
  assert.equal(tapped.message.text, "I buy it");
});

test("a push leaves once, whatever happens to its answer", async (t) => {
  const line = await platform(t, { extra: { quota: "3" } });
  const client = line.client();
  const { source: { userId } } = await line.told({ act: "say", text: "hello" });
  const push = (text, key) => client.pushMessageWithHttpInfo({ to: userId, messages: [{ type: "text", text }] }, key);

  const key = randomUUID();
  const first = await push("Your parcel is here.", key);
  const id = first.body.sentMessages[0].id;
  const again = await refusal(push("Your parcel is here.", key));
  assert.equal(again.status, 409);
  assert.deepEqual(again.sentMessages.map((sent) => sent.id), [id]);
  assert.equal(again.headers.get("x-line-accepted-request-id"), first.httpResponse.headers.get("x-line-request-id"));
  assert.equal((await refusal(push("odd", "no-uuid"))).status, 400);

  await line.set("faults", { drop_response: 1 });
  const lost = randomUUID();
  await assert.rejects(push("Still here.", lost));
  assert.equal((await refusal(push("Still here.", lost))).status, 409);
  assert.deepEqual((await line.ledger()).accepted.map(({ text }) => text), ["Your parcel is here.", "Still here."]);

  await line.set("faults", { too_many: 1, retry_after_s: 2 });
  const slower = await refusal(push("later"));
  assert.deepEqual([slower.status, slower.headers.get("retry-after")], [429, "2"]);
  assert.deepEqual(await client.getMessageQuota(), { type: "limited", value: 3 });
  assert.deepEqual(await client.getMessageQuotaConsumption(), { totalUsage: 2 });
  await push("the third");
  assert.match((await refusal(push("the fourth"))).message, /monthly limit/);

  await client.validatePush({ messages: [{ type: "text", text: "x".repeat(5000) }] });
  const wrong = await refusal(client.validatePush({ messages: [{ type: "text", text: "fine" }, { type: "text", text: "" }] }));
  assert.deepEqual([wrong.status, wrong.details[0].property], [400, "messages[1].text"]);
  assert.equal((await refusal(client.pushMessage({ to: `U${"0".repeat(32)}`, messages: [{ type: "text", text: "who?" }] }))).status, 400);
  assert.equal((await refusal(line.client("stolen").getBotInfo())).status, 401);
});

test("files, cards, groups and short-lived tokens", async (t) => {
  const line = await platform(t, { extra: { transcoding_ms: "600" } });
  const { access_token, expires_in, token_type } = await line.tokens.issueStatelessChannelTokenByClientSecret(ACCOUNT.app_id, ACCOUNT.app_secret);
  assert.deepEqual([expires_in, token_type], [900, "Bearer"]);
  assert.equal((await refusal(line.tokens.issueStatelessChannelTokenByClientSecret(ACCOUNT.app_id, "wrong"))).status, 400);
  const client = line.client(access_token);

  const file = (content_type, name) => ({ act: "say", media: [{ content_type, name, data: PICTURE.toString("base64") }] });
  const picture = await line.told(file("image/png", "a.png"));
  assert.equal(picture.message.type, "image");
  assert.deepEqual(await collected(await client.getMessageContent(picture.message.id)), PICTURE);
  const film = await line.told(file("video/mp4", "a.mp4"));
  assert.deepEqual(await client.getMessageContentTranscodingByMessageId(film.message.id), { status: "processing" });
  assert.equal((await client.getMessageContentWithHttpInfo(film.message.id)).httpResponse.status, 202);
  await until(async () => (await client.getMessageContentTranscodingByMessageId(film.message.id)).status === "succeeded");
  assert.deepEqual(await collected(await client.getMessageContent(film.message.id)), PICTURE);
  await line.told({ act: "unsend", message: picture.made });
  assert.equal((await client.getMessageContent(picture.message.id).catch((why) => why)).status, 410);

  const { userId } = picture.source;
  const card = { title: "Sea blue", text: "Waterproof", actions: [{ type: "postback", label: "Take it", data: "take=blue" }, { type: "uri", label: "Look", uri: "https://shop.example.com/blue" }] };
  const { sentMessages } = await client.pushMessage({
    to: userId,
    messages: [
      { type: "image", originalContentUrl: `${line.shop}/a.png`, previewImageUrl: `${line.shop}/a.png` },
      { type: "template", altText: "The blue one", template: { type: "carousel", columns: [card, card] } },
      { type: "location", title: "Shop", address: "Quay 1", latitude: 53.5, longitude: 9.9 },
      { type: "sticker", packageId: "446", stickerId: "1988" },
    ],
  });
  assert.equal(sentMessages.length, 4);
  await line.shown(sentMessages[3].id);
  const shown = await Promise.all(sentMessages.map(({ id }) => line.shown(id)));
  assert.deepEqual(shown.map(({ kind }) => kind), ["image", "template", "location", "sticker"]);
  const { media_sha256 } = (await line.ledger()).shown.find(({ id }) => id === sentMessages[0].id);
  assert.deepEqual(media_sha256, [createHash("sha256").update(PICTURE).digest("hex")]);
  const tapped = await line.told({ act: "tap", message: sentMessages[1].id, button: shown[1].cards[0].choices[0].id });
  assert.deepEqual([tapped.type, tapped.postback.data], ["postback", "take=blue"]);

  const { source } = await line.told({ act: "say", text: "hi all" }, "group-sailors");
  assert.deepEqual([source.type, source.userId], ["group", userId]);
  assert.deepEqual(await client.getGroupSummary(source.groupId), { groupId: source.groupId, groupName: "Sailors" });
  assert.equal((await client.getGroupMemberProfile(source.groupId, userId)).displayName, "Mia Brandt");
  await client.pushMessage({ to: source.groupId, messages: [{ type: "text", text: "Ahoy" }] });
});

test("S22 the connector takes what the SDK's validator takes, and nothing that it refuses", () => {
  const secret = ACCOUNT.app_secret;
  const body = JSON.stringify({ destination: ACCOUNT.id, events: [{ type: "follow", text: "Grüße 안녕 👋" }] });
  const signature = createHmac("sha256", secret).update(body).digest("base64");
  const sha1 = createHmac("sha1", secret).update(body).digest("base64");
  const of = (text, key = secret) => createHmac("sha256", key).update(text).digest("base64");
  const cases = [
    [true, body, secret, signature],
    [true, '{"destination":"U","events":[]}', secret, of('{"destination":"U","events":[]}')],
    [false, `${body}\n`, secret, signature],
    [false, body.replace("follow", "unfollow"), secret, signature],
    [false, JSON.stringify(JSON.parse(body), null, 1), secret, signature],
    [false, body.normalize("NFD"), secret, signature],
    [false, body, "another-secret", signature],
    [false, body, `${secret} `, signature],
    [false, body, secret, ""],
    [false, body, secret, signature.slice(0, -4)],
    [false, body, secret, signature.toLowerCase()],
    [false, body, secret, Buffer.from(signature, "base64").toString("hex")],
    [false, body, secret, sha1],
    [false, body, secret, of(body, "")],
    [false, body, secret, of("")],
  ];
  const requests = cases.map(([, body, secret, signature]) => ({
    kind: "line", secrets: { channel_secret: secret }, target: "/in/line/KA1", headers: [["X-Line-Signature", signature]], body, at: 1,
  }));
  const expected = cases.map(([genuine]) => genuine);
  assert.deepEqual(cases.map(([, body, secret, signature]) => validateSignature(body, secret, signature)), expected);
  assert.deepEqual(taken(requests), expected);

  // An account without its secret takes nothing, not even what is signed with nothing.
  const open = requests.map((request) => ({ ...request, secrets: { channel_secret: "" }, headers: [["X-Line-Signature", of(request.body, "")]] }));
  const bare = { ...requests[0], headers: [] };
  // The SDK reads Base64 as far as it can; what LINE never sends is nothing to us.
  const loose = [`${signature}${signature}`, `${signature}!`, signature.replace("=", "")].map((signature) => ({ ...requests[0], headers: [["X-Line-Signature", signature]] }));
  assert.ok(loose.every(({ headers: [[, signature]] }) => validateSignature(body, secret, signature)));
  assert.deepEqual(taken([...open, bare, ...loose]), [...open, bare, ...loose].map(() => false));
});

async function collected(stream) {
  const bytes = [];
  for await (const some of stream) bytes.push(some);
  return Buffer.concat(bytes);
}

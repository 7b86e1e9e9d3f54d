// A small shop's morning, for looking at the desk without a server. Used only by `?mock` in development.
import type { Author, Conversation, Desk, Language, Me, Message, Person, Reservation, Task, Worker } from "@seaway/api/types";

const MINUTE = 60_000;
export const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * MINUTE).toISOString();
let ids = 1;
export const id = (prefix: string) => `${prefix}${(ids++).toString(16).padStart(32, "0")}`;

const available = { id: "WAavailable", name: "Available", available: true };
const away = { id: "WAaway", name: "Away", available: false };
const offline = { id: "WAoffline", name: "Offline", available: false };
export const worker: Worker = { id: "WKana", name: "Ana Díaz", activity: available, activity_since: at(134), connected: true, attributes: "{}", channels: [{ channel: "webchat", capacity: 5, available: true, open: 3 }], user_id: "USana", version: 1 };
const ana: Author = { kind: "worker", id: "WKana", name: "Ana Díaz" };
const ben: Author = { kind: "worker", id: "WKben", name: "Ben Kim" };
const tide: Author = { kind: "bot", id: "BO1", name: "Tide" };

/** How the page is to look: `?mock&lang=ko&theme=dark&offers=0`. */
const scene = new URLSearchParams(location.search);
export const me: Me = {
  user: { id: "USana", name: "Ana Díaz", email: "ana@tidewater.example", language: (scene.get("lang") ?? "en") as Language },
  workspaces: [{ id: "WS1", name: "Tidewater Coffee" }], workspace: { id: "WS1", name: "Tidewater Coffee", reservation_timeout_s: 30 }, roles: ["supervisor"],
  permissions: (["task.take", "conversation.read", "conversation.write", "conversation.close", "contact.read", "contact.write", "contact.join", "task.reassign", "board.read", "channel.manage", "worker.manage", "routing.manage", "flow.manage", "bot.manage", "answer.manage", "workspace.manage"] as const).map((permission) => ({ permission, scope: "all" as const })),
  worker, preferences: { theme: (scene.get("theme") ?? "light") as Me["preferences"]["theme"], sound: true, volume: 0.4 },
};

const marks = {
  webchat: { kind: "webchat", account_id: "KA1", name: "Shop page", address: "tidewater.example" },
  sms: { kind: "sms", account_id: "KA2", name: "Shop number", address: "+49 30 5550100" },
  whatsapp: { kind: "whatsapp", account_id: "KA3", name: "Roastery", address: "+49 30 23125088" },
  line: { kind: "line", account_id: "KA4", name: "Tidewater Seoul", address: "@tidewater" },
};
const composers = {
  webchat: { text_limit: 10_000, text_unit: "chars" as const, max_attachments: 10, attachment_types: ["image/*", "application/pdf"], max_attachment_bytes: 10 * 1024 * 1024, max_picture_bytes: 10 * 1024 * 1024, typing: true, read_receipts: true, delivery_receipts: true },
  sms: { text_limit: 1600, text_unit: "gsm_segments" as const, max_attachments: 3, attachment_types: ["image/*"], max_attachment_bytes: 5 * 1024 * 1024, max_picture_bytes: 5 * 1024 * 1024, typing: false, read_receipts: false, delivery_receipts: true },
  whatsapp: { text_limit: 4096, text_unit: "chars" as const, max_attachments: 1, attachment_types: ["image/*", "video/*", "audio/*", "application/pdf"], max_attachment_bytes: 16 * 1024 * 1024, max_picture_bytes: 16 * 1024 * 1024, typing: true, read_receipts: true, delivery_receipts: true },
  line: { text_limit: 5000, text_unit: "utf16" as const, max_attachments: 1, attachment_types: ["image/*", "video/*", "audio/*"], max_attachment_bytes: 10 * 1024 * 1024, max_picture_bytes: 10 * 1024 * 1024, typing: true, read_receipts: false, delivery_receipts: false },
};
type MockKind = keyof typeof marks;

export const messages: Record<string, Message[]> = {};
export const conversations: Record<string, Conversation> = {};
export const people: Record<string, Person> = {};

type Line = [minutesAgo: number, who: "c" | "a" | "b" | "n" | "bot" | "notice", text: string, more?: Partial<Message>];

export function say(conversation: Conversation, who: Line[1], text: string, minutesAgo = 0, more: Partial<Message> = {}): Message {
  const list = (messages[conversation.id] ??= []);
  const author: Author = who === "c" ? { kind: "contact", id: conversation.contact.id, name: conversation.contact.name } : who === "bot" ? tide : who === "b" || who === "n" ? ben : who === "a" ? ana : { kind: "system", id: null, name: "" };
  const message: Message = {
    id: id("IM"), conversation_id: conversation.id, thread_id: conversation.threads[0]?.id ?? null, seq: (list.at(-1)?.seq ?? 0) + 1, client_id: null, author,
    direction: who === "c" ? "in" : who === "n" || who === "notice" ? "none" : "out", private: who === "n", text, attachments: [], state: who === "c" ? "delivered" : conversation.channel.kind === "sms" ? "delivered" : "read", problem: null, parts: 1,
    created_at: at(minutesAgo), provider_at: null, sent_at: at(minutesAgo), delivered_at: at(minutesAgo), read_at: at(minutesAgo), notice: null,
    extras: [], choices: [], cards: [], choice: null, reply_to: null, reactions: [], earlier: [], unsent_at: null, unsent_by: "", revision: null, template: null, known_to_provider: conversation.channel.kind !== "webchat", ...more,
  };
  list.push(message);
  conversation.last_seq = message.seq;
  if (who !== "notice" && who !== "n") conversation.last_message = { seq: message.seq, author, text, what: "", at: message.created_at, attachments: message.attachments.length };
  if (who === "c") conversation.waiting_since ??= message.created_at;
  if (who === "a") conversation.waiting_since = null;
  return message;
}

function makeTask(channel: string, status: Task["status"], conversationId: string, minutesAgo: number): Task {
  return { id: id("WT"), status, priority: 0, queue: { id: "WQsales", name: "Sales" }, workflow_id: "WW1", channel, attributes: "{}", conversation_id: conversationId, reason: null, disposition: null, created_at: at(minutesAgo), waiting_since: at(minutesAgo), assigned_at: status === "reserved" ? null : at(minutesAgo - 1.14), wrap_up_until: status === "wrapping" ? at(-1.4) : null, worker: status === "reserved" ? null : { id: worker.id, name: worker.name }, version: 1 };
}

export function makeConversation(name: string, kind: MockKind, address: string, language: string, status: Task["status"] | null, started: number, lines: Line[], vip = false): Conversation {
  const conversationId = id("CH");
  const personId = id("KP");
  const contact = { id: id("KC"), person_id: personId, name, address, language, vip };
  const conversation: Conversation = {
    id: conversationId, state: status ? "open" : "closed", holder: status ? "task" : "none", created_at: at(started), closed_at: status ? null : at(started - 20), closed_reason: null, contact, channel: marks[kind], subject: null,
    threads: [{ id: id("TH"), channel: marks[kind], current: true }], last_seq: 0, last_message: null, waiting_since: null, task: status ? makeTask(kind, status, conversationId, started) : null,
    worker: status && status !== "reserved" ? { id: worker.id, name: worker.name } : null, customer_present: kind === "webchat" ? true : null, composer: { ...composers[kind], stickers: kind === "line", splits: kind !== "webchat", letters: false, quotes: kind === "whatsapp" || kind === "line", reacts: kind === "whatsapp", reactions: [], cards: kind === "sms" ? null : { most: kind === "whatsapp" ? 1 : 10, text: kind === "whatsapp" ? 1024 : 2000 }, edits: kind === "webchat", unsends: kind === "webchat", choices: kind === "sms" ? null : { most: 10, title: 20 }, templates: kind === "whatsapp", reply_window_s: kind === "whatsapp" ? 86_400 : null, ended: null }, opted_out: false, reply_until: null, tag_from: null, version: 1,
  };
  conversations[conversationId] = conversation;
  for (const [minutesAgo, who, text, more] of lines) say(conversation, who, text, minutesAgo, more);
  people[personId] = {
    id: personId, name, contact_ids: [contact.id], blocked: false, created_at: "2023-04-02T09:00:00Z", version: 1,
    addresses: [{ id: id("KD"), contact_id: contact.id, channel: kind, value: address, opaque: kind === "webchat", verified: kind === "sms", opted_out: false, consent: null, present: kind === "webchat" && status !== null }],
    facts: [{ key: "language", label: "Language", labels: {}, value: language, source: "flow", verified: false, at: at(200), contact_id: contact.id }],
    conversations: [{ id: conversationId, channel: marks[kind], state: conversation.state, created_at: conversation.created_at, closed_at: conversation.closed_at, preview: lines.find((l) => l[1] === "c")?.[2] ?? "", what: "", worker: conversation.worker?.name ?? null, disposition: null }],
    claims: [], joins: [],
  };
  return conversation;
}

const KETTLE = `data:image/svg+xml,${encodeURIComponent("<svg xmlns='http://www.w3.org/2000/svg' width='640' height='360' viewBox='0 10 232 125'><rect y='10' width='232' height='126' fill='#e0d7ca'/><rect y='98' width='232' height='38' fill='#b98f68'/><path d='M82 46h58l10 52a8 8 0 0 1-8 8H80a8 8 0 0 1-8-8Z' fill='#3f5f57'/><path d='M84 40h54a4 4 0 0 1 4 4v4H80v-4a4 4 0 0 1 4-4Z' fill='#2c4740'/><circle cx='111' cy='34' r='6' fill='#b98f68'/><path d='M147 84c18 0 18-18 24-28 2-4-4-8-2-14l8-3' fill='none' stroke='#3f5f57' stroke-width='7' stroke-linecap='round'/><path d='M76 56c-26-4-32 14-24 26 4 6 12 8 20 8' fill='none' stroke='#2c4740' stroke-width='7' stroke-linecap='round'/></svg>")}`;

const STICKER = `data:image/svg+xml,${encodeURIComponent("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 120 120'><circle cx='60' cy='62' r='46' fill='#e9b44c'/><path d='M36 70c10 22 38 22 48 0' fill='none' stroke='#5b3a1e' stroke-width='7' stroke-linecap='round'/><circle cx='44' cy='50' r='6' fill='#5b3a1e'/><circle cx='76' cy='50' r='6' fill='#5b3a1e'/></svg>")}`;
const nothing = { quoted: "", html: "", pictures: {}, others: [], what: "", name: "", address: "", latitude: null, longitude: null, phones: [], emails: [], organization: "", url: null, set: "", id: "", answers: [], content: null };
const file = (name: string, type: string, more: object = {}) => ({ id: id("AT"), name, type, bytes: 184_000, width: null, height: null, state: "ready" as const, url: "data:,", thumbnail_url: null, sticker: false, problem: null, ...more });

/** One message of every kind that channels know. */
function everyKind(): Line[] {
  return [
    [40, "notice", "", { notice: { kind: "touched", params: { what: "referred" } } }],
    [39, "c", "Ciao! I saw your ad for the cold brew jug.", { extras: [{ ...nothing, kind: "link", what: "advertisement", name: "Cold brew, without the wait", url: "https://tide.example/ad/coldbrew" }] }],
    [38, "a", "Hello Leo! Which size would you like?", { choices: ["0.6 litres", "1 litre", "Show me both"], reactions: [{ emoji: "👍", name: "Leo Marchetti", ours: false, worker_id: null }] }],
    [37, "c", "1 litre", { choice: "1l", reply_to: { message_id: "x", text: "Hello Leo! Which size would you like?", name: "Ana Díaz" } }],
    [36, "c", "", { attachments: [file("sticker.webp", "image/webp", { url: STICKER, thumbnail_url: STICKER, width: 120, height: 120, sticker: true })] }],
    [34, "c", "Here is where it should go, second door on the left, the bell says Marchetti-Albrecht", { extras: [{ ...nothing, kind: "location", name: "Officina Marchetti", address: "Via Tortona 31, 20144 Milano", latitude: 45.4517, longitude: 9.1647 }], earlier: [{ text: "Here is where it should go, first door", until: at(33) }] }],
    [33, "c", "", { extras: [{ ...nothing, kind: "contact_card", name: "Giulia Albrecht", organization: "Officina Marchetti", phones: ["+39 02 5550 190", "+39 347 5550 191"], emails: ["giulia@officina.example"] }] }],
    [32, "c", "", { unsent_at: at(31) }],
    [30, "c", "I meant this one", { extras: [{ ...nothing, kind: "link", what: "post", name: "", url: "https://social.example/p/C8k2tidewater" }], reactions: [{ emoji: "❤️", name: "Ana Díaz", ours: true, worker_id: worker.id }, { emoji: "😂", name: "Giulia", ours: false, worker_id: null }, { emoji: "❤️", name: "Giulia", ours: false, worker_id: null }] }],
    [28, "a", "Got it, thank you. I will write it on the parcel.", { author: { kind: "elsewhere", id: null, name: "WhatsApp Business app" } }],
    [26, "c", "", { attachments: [file("voice.ogg", "audio/ogg"), file("door.mp4", "video/mp4", { width: 640, height: 360 })] }],
    [25, "c", "", { extras: [{ ...nothing, kind: "unsupported", what: "poll" }] }],
    [24, "notice", "", { notice: { kind: "touched", params: { what: "identity_changed" } } }],
    [22, "a", "Your parcel TW-20530 left our roastery today.", { template: "parcel_left" }],
    [21, "a", "And here is the guide", { state: "failed", problem: { code: "template_paused", detail: "Meta has paused this template" } }],
    [3, "c", "Perfect. Can I still change the colour?"],
  ];
}

export function seed(): Desk {
  const mira = makeConversation("Mira Hoffmann", "webchat", "mira.hoffmann@post.example", "en", "assigned", 9, [
    [9, "c", "hello, my kettle arrived broken"], [9, "bot", "Sorry to hear that. Could you tell me your order number?"], [8.6, "c", "TW-20418"], [8.5, "bot", "Thank you. I can arrange a return, or connect you with a colleague."], [8.2, "c", "live agent please"], [8.1, "bot", "One moment, somebody will be with you."],
    [7.9, "notice", "", { notice: { kind: "joined", params: { name: "Ana Díaz" } } }],
    [7, "c", "Hi! The kettle came today but the spout is bent."], [6.9, "c", "", { attachments: [{ id: "AT1", name: "kettle.jpg", type: "image/svg+xml", bytes: 248_000, width: 640, height: 360, state: "ready", url: KETTLE, thumbnail_url: KETTLE, sticker: false, problem: null }] }],
    [5, "a", "Oh no, that is not how it should arrive. Thanks for the photo, I can see the dent. Would you like a new kettle or your money back?"],
    [4, "n", "@Ana third bent spout from batch K-0926 this week. No need to ask for it back."], [3, "c", "A new one please! Could it come before Friday?"], [2, "a", "Yes. It ships today and should be with you on Tuesday: https://tide.example/t/8K2Q", { state: "delivered", read_at: null }],
  ]);
  const person = people[mira.contact.person_id];
  if (person) {
    person.addresses.push({ id: "KD9", contact_id: "KC9", channel: "sms", value: "+49 171 3920041", opaque: false, verified: true, opted_out: false, consent: null, present: false });
    person.facts.push({ key: "order", label: "Last order", labels: {}, value: "TW-20418", source: "bot", verified: false, at: at(9), contact_id: mira.contact.id }, { key: "likes", label: "Likes", labels: {}, value: "Light roasts, pour-over", source: "agent", verified: false, at: at(9000), contact_id: mira.contact.id });
    person.claims.push({ address: "+49 171 3920041", channel: "sms", person_id: "KPother", name: "M. Hoffmann", proven_by: "nobody" });
    person.joins.push({ id: "KU1", at: at(9000), by: "Ben Kim", evidence: "code", undone_at: null, contact_ids: [], name: "", addresses: [] });
    const old = makeConversation("Mira Hoffmann", "sms", "+49 171 3920041", "de", null, 72_000, [[72_000, "c", "Mahlwerk quietscht"], [71_990, "bot", "Welche Mühle haben Sie?"], [71_980, "c", "Die kleine blaue"], [71_970, "b", "Wir schicken Ihnen ein neues Mahlwerk."]]);
    person.conversations.push({ id: old.id, channel: marks.sms, state: "closed", created_at: old.created_at, closed_at: old.closed_at, preview: "Mahlwerk quietscht", what: "", worker: "Ben Kim", disposition: "Solved" });
  }
  makeConversation("Owen Clarke", "webchat", "owen@clarke.example", "en", "assigned", 22, [[22, "c", "Wholesale price list for 2027"], [20, "a", "Gladly, one moment."], [14, "c", "Are you still there?"]]);
  makeConversation("박지우", "webchat", "jiwoo@naver.example", "ko", "assigned", 12, [[12, "c", "안녕하세요, 주문을 매장에서 찾을 수 있을까요?"], [11, "a", "네, 베를린 미테 매장에서 가능해요."], [5, "c", "오늘 저녁 7시에 가도 될까요?"], [4.8, "c", "영업시간이 궁금해요"]]);
  makeConversation("Familie Özdemir", "sms", "+49 151 2200417", "de", "assigned", 60, [[60, "c", "Wann kommt die Bestellung?"], [55, "a", "Gern geschehen. Schönes Wochenende!"]]);
  const brew = makeConversation("brewnerd_77", "sms", "+49 160 5551212", "en", "assigned", 70, [[70, "c", "Grind size for the V3?"], [66, "a", "Medium, about 22 clicks.", { state: "failed", problem: { code: "30003", detail: "The phone is switched off or out of reach" } }]]);
  brew.opted_out = false;
  const hannah = makeConversation("Hannah Krüger", "webchat", "hannah@krueger.example", "de", "assigned", 80, [[80, "c", "Passt der Filter auch für das alte Modell?"], [75, "a", "Ja, bis Baujahr 2019."]]);
  hannah.customer_present = false;
  makeConversation("Daniel Osei", "webchat", "daniel@osei.example", "en", "wrapping", 100, [[100, "c", "Can I change my address?"], [96, "a", "Done. Anything else?"], [95, "c", "No, thank you!"]]);
  const leo = makeConversation("Leo Marchetti", "whatsapp", "+39 347 5550188", "en", "assigned", 40, everyKind());
  leo.reply_until = at(-47);
  const ines = makeConversation("Inês Carvalho", "whatsapp", "+351 912 555 014", "en", "assigned", 2900, [[2890, "c", "Do you ship to the Azores?"], [2880, "a", "We do, it takes about nine days.", { template: null }], [1500, "a", "Hello Inês, your parcel TW-20511 has left our roastery.", { template: "parcel_left" }]]);
  ines.reply_until = at(60);
  return {
    position: 100, now: new Date().toISOString(), worker, activities: [available, away, offline], reservations: offersNow(), conversations: Object.values(conversations).filter((c) => c.state === "open" && c.task?.status !== "reserved"),
    canned_replies: [
      { id: "CR1", shortcut: "t", title: "Tracking link", texts: { en: "Here is your tracking link: ", de: "Hier ist Ihr Sendungslink: ", ko: "배송 조회 링크예요: " }, version: 1 },
      { id: "CR2", shortcut: "s", title: "Sorry, and thanks", texts: { en: "Sorry about this, {{name}}, and thank you for telling us.", de: "Das tut uns leid, {{name}}. Danke für den Hinweis.", ko: "{{name}} 님, 불편을 드려 죄송해요. 알려주셔서 감사해요." }, version: 1 },
      { id: "CR3", shortcut: "a", title: "Anything else?", texts: { en: "Is there anything else I can do?", de: "Kann ich sonst noch etwas für Sie tun?", ko: "더 도와드릴 일이 있을까요?" }, version: 1 },
    ],
    workers: [{ id: worker.id, name: worker.name, activity: available, connected: true }, { id: "WKben", name: "Ben Kim", activity: available, connected: true }, { id: "WKrosa", name: "Rosa Vidal", activity: away, connected: true }, { id: "WKtom", name: "Tom Berger", activity: offline, connected: false }],
    queues: [{ id: "WQsales", name: "Sales" }, { id: "WQsupport", name: "Support" }, { id: "WQvip", name: "VIP" }], dispositions: ["Solved", "Replacement sent", "Refunded", "Question answered", "No answer"], flows: [{ id: "FW1", name: "Default" }],
    seen: Object.fromEntries(Object.values(conversations).map((c) => [c.id, Math.max(0, (messages[c.id]?.findLast((m) => m.author.kind === "worker")?.seq ?? 0))])), missed_offer: null,
  };
}

let rounds = 0;
export function makeOffer(seconds = 30, taken = 0): Reservation {
  const people: [string, "webchat" | "sms", string, string, string, { rule: string; detail: string }[], boolean][] = [
    ["Jürgen Brandt", "sms", "+49 30 23125014", "de", "Meine Mühle geht seit gestern nicht mehr an", [{ rule: "skill", detail: "languages HAS 'de' AND department == 'sales'" }, { rule: "activity", detail: "Available" }, { rule: "capacity", detail: "chat: 1 of 3 in use" }, { rule: "order", detail: "longest idle: 27 s" }], false],
    ["Katharina Schönfeld-Oberhauser", "webchat", "k.so@post.example", "de", "Passt der Filter auch für das alte Modell?", [{ rule: "skill", detail: "languages HAS 'de'" }], true],
    ["Tom Ashworth", "webchat", "tom@ashworth.example", "en", "Is the travel mug dishwasher safe?", [{ rule: "skill", detail: "languages HAS 'en' AND department == 'sales'" }, { rule: "activity", detail: "Available" }, { rule: "capacity", detail: "chat: 1 of 3 in use" }, { rule: "order", detail: "longest idle: 27 s" }], false],
    ["김서연", "webchat", "seoyeon@daum.example", "ko", "쟁반이 빠졌어요", [{ rule: "skill", detail: "languages HAS 'ko'" }], false],
  ];
  const [name, kind, address, language, text, chosen, vip] = people[rounds++ % people.length] ?? people[0]!;
  const conversation = makeConversation(name, kind, address, language, "reserved", 1, [[1, "c", text], [0.9, "bot", language === "de" ? "Ich verbinde Sie." : "I will connect you."], [0.8, "c", "live agent"], [0.7, "bot", language === "de" ? "Einen Moment bitte." : "One moment."]], vip);
  return { id: id("WR"), task: conversation.task!, worker_id: worker.id, status: "pending", created_at: new Date(Date.now() - taken * 1000).toISOString(), deadline_at: new Date(Date.now() + (seconds - taken) * 1000).toISOString(), accepted_at: null, why: { filter: "Support", queue: "Support", chosen, others: [{ worker_id: "WKben", name: "Ben Kim", rule: "capacity", detail: "" }], counted: [] }, contact: conversation.contact, preview: text, what: "", channel: conversation.channel };
}

export const offers: Record<string, Reservation> = {};
function offersNow(): Reservation[] {
  const many = scene.get("offers");
  const list = many === "0" ? [] : [makeOffer(300, 235), makeOffer(300, 60), makeOffer(300, 20)].slice(0, Number(many ?? 3));
  for (const offer of list) offers[offer.id] = offer;
  return list;
}

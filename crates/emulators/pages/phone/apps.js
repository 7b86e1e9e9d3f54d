// The phone's apps beside its texts: one tab each, whose talk goes through a platform.
import { drawRooms, titleOf } from "./rooms.js";
import { draw, labelOf } from "./talk.js";
import { stopTyping, typing } from "./typing.js";
import { STICKERS, at, button, element, icon, packed, say, stickerAddress, summary, words } from "./parts.js";

const accounts = JSON.parse(document.body.dataset.accounts);
const owner = at("owner");
const tabs = at("tabs");
const app = at("app");
const talk = at("talk");
const text = at("app-text");
const hint = at("app-hint");
const go = at("app-go");
const menu = at("menu");
const sheet = at("sheet");
const texts = [document.querySelector(".peer"), at("thread"), at("write")];
const NAMES = { messenger: "Messenger", instagram: "Instagram", whatsapp: "WhatsApp", line: "LINE", gbm: "Business Messages", discord: "Discord", email: "Mail" };
const MEGABYTES = 16 * 1024 * 1024;
const PLACES = [
  { latitude: 53.5436, longitude: 9.9886, name: "Speicherstadt", address: "Am Sandtorkai 36, Hamburg" },
  { latitude: 37.5563, longitude: 126.9236, name: "홍대입구역", address: "서울 마포구 양화로 160" },
  { latitude: 38.8893, longitude: -77.0502, name: "Lincoln Memorial", address: "Washington, DC" },
];

/** What people call the app of an account: a platform's name, or the one it gives itself. */
const appOf = (one) => one.app ?? NAMES[one.kind] ?? one.name;

/** By account and place: what is known of the talk of whoever holds the phone. */
let talks = new Map();
/** Where one is in an app of several places; the direct talk has no name. */
let place = "";
let epoch = "";
let connected = true;
let chosen = "sms";
let files = [];
/** What is being answered or changed: `{ reply }` or `{ edit }`, each a message. */
let about = {};
let stream;

const option = () => owner.selectedOptions[0];
const person = () => option()?.dataset.person ?? "";
const account = () => accounts.find((one) => one.id === chosen);
const keyOf = (account, place) => (place ? `${account}/${place}` : account);
const known = () => talks.get(keyOf(chosen, place));
const placesOf = (account) => [...talks.values()].filter((one) => one.account === account);
const messagesOf = (one) => [...one.messages.values()].sort((a, b) => a.at_ms - b.at_ms || a.first - b.first);

/** Asks the network to do it, in an account's app. */
const ask = (account, who, what, query = "") => fetch(`/phone/api/apps/${encodeURIComponent(account)}/${encodeURIComponent(who)}/acts${query}`, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what),
});

/** Does it, in the place one is in or in another; answers with what it made, or with nothing when it was not done. */
async function act(what, where = place) {
  hint.textContent = "";
  hint.classList.remove("bad");
  try {
    const answer = await ask(chosen, person(), what, where ? `?place=${encodeURIComponent(where)}` : "");
    if (answer.ok) return await answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.message ?? `${answer.status}`);
  } catch (why) {
    hint.classList.add("bad");
    hint.textContent = why instanceof TypeError ? words.offline : say("not_done", { why: why.message });
    return null;
  }
}

function heard(list) {
  if (epoch !== list.epoch) talks = new Map();
  const fresh = epoch === list.epoch;
  epoch = list.epoch;
  for (const screen of list.screens) {
    const key = keyOf(screen.account, screen.place);
    const before = talks.get(key) ?? { messages: new Map(), unread: 0 };
    for (const message of screen.messages) {
      const old = before.messages.get(message.id);
      before.messages.set(message.id, { ...message, first: old?.first ?? message.position });
      const visible = key === keyOf(chosen, place) && !document.hidden;
      if (fresh && !old && message.by !== "person" && !visible) before.unread += 1;
    }
    const { account, place: spot = "", sort = "direct", name, server, parent, away } = screen;
    talks.set(key, Object.assign(before, { account, place: spot, sort, name, server, parent, away, typing: screen.typing_until_ms, blocked: screen.blocked, muted: screen.muted, off: screen.off }));
  }
  showTabs();
  show();
}

/** Whatever stands on the open screen of a page in sight has been read. */
function look() {
  const one = known();
  if (!one || document.hidden || one.off || ![...one.messages.values()].some((message) => message.by !== "person" && !message.seen)) return;
  for (const message of one.messages.values()) if (message.by !== "person") message.seen = true;
  act({ act: "read" });
}

let typingEnds = 0;
function show() {
  const held = account();
  if (!held) return;
  const one = known() ?? { messages: new Map(), typing: 0 };
  const here = talks.has(keyOf(chosen, place));
  clearTimeout(typingEnds);
  const left = one.typing - Date.now();
  if (left > 0) typingEnds = setTimeout(show, left + 50);
  const list = messagesOf(one);
  const mail = held.kind === "email";
  const title = mail && place ? one.name || words.no_subject : place && one.name ? titleOf(one) : mail ? words.new_mail : held.name;
  at("app-name").textContent = title;
  at("app-name").title = title;
  const signed = held.handle ? `${held.kind === "instagram" ? "@" : ""}${held.handle}` : "";
  const handle = [appOf(held), one.server || signed].filter(Boolean).join(", ");
  at("app-state").textContent = !connected ? words.offline
    : epoch && !here && !place ? say("absent", { name: option().dataset.name })
      : one.off ? words.off : one.blocked ? words.blocked : one.muted ? words.muted : left > 0 ? words.writing : handle;
  const block = at("block");
  block.setAttribute("aria-pressed", String(Boolean(one.blocked)));
  block.title = say(one.blocked ? "unblock" : "block", { name: held.name });
  block.setAttribute("aria-label", block.title);
  const bell = at("bell");
  bell.setAttribute("aria-pressed", String(Boolean(one.muted)));
  bell.title = say(one.muted ? "unmute" : "mute", { name: held.name });
  bell.setAttribute("aria-label", bell.title);
  talk.lang = option().lang;
  talk.setAttribute("aria-label", held.name);
  draw(talk, { ...held, name: place ? title : mail ? held.handle : held.name, place, person: person() }, list, left > 0, {
    tap, list: openList, menu: openMenu, react: (message, emoji) => act({ act: "react", message: message.id, emoji }), enter,
  });
  drawRooms(at("rooms"), placesOf(chosen), place, { go: enter, begin, away: (on) => act({ act: "away", on }), mail });
  at("subject").hidden = !mail || place !== "";
  text.placeholder = mail ? words.mail : one.sort === "channel" ? say("say_in", { name: title }) : words.say;
  showQuick(list);
  fit();
  look();
}

function showTabs() {
  for (const tab of tabs.children) {
    const id = tab.dataset.app;
    const name = tab.dataset.name;
    const selected = id === chosen;
    const unread = placesOf(id).some((one) => one.unread > 0 && !(selected && one.place === place));
    tab.setAttribute("aria-selected", String(selected));
    tab.tabIndex = selected ? 0 : -1;
    tab.classList.toggle("fresh", unread);
    tab.title = unread ? say("unread", { name }) : name;
    tab.setAttribute("aria-label", tab.title);
    tab.querySelector(".name").hidden = !selected;
  }
}

/** Goes to another place of the app. */
function enter(where) {
  place = where;
  about = {};
  files = [];
  close();
  const one = known();
  if (one) one.unread = 0;
  showTabs();
  showAbout();
  showFiles();
  show();
}

/** The next message in this channel opens a thread of its own. */
function begin(channel) {
  enter(channel.place);
  about = { begin: channel };
  showAbout();
  text.focus();
}

/** Buttons of the app that stand there whatever was said. */
function showMenu(held) {
  const language = document.documentElement.lang;
  at("standing").hidden = !held?.menu;
  at("standing").replaceChildren(...(held?.menu ?? []).map(({ choice, title }) => {
    const label = title[language] ?? title.en;
    return button("", "", () => act({ act: "say", text: label, quick_reply: choice }), label);
  }));
}

function choose(id) {
  stopTyping();
  chosen = id;
  place = "";
  const held = account();
  about = {};
  files = [];
  close();
  const listed = ["discord", "email"].includes(held?.kind);
  at("places").hidden = !listed;
  at("block").hidden = held?.kind === "email";
  at("bell").hidden = !held?.can?.opt_out;
  showMenu(held);
  app.querySelector(".app-head .avatar").hidden = listed;
  for (const part of texts) part.hidden = Boolean(held);
  app.hidden = !held;
  at("screen").dataset.app = held?.kind ?? "sms";
  at("screen").setAttribute("aria-labelledby", `tab-${id}`);
  const one = known();
  if (one) one.unread = 0;
  try { localStorage.setItem("phone.app", id); } catch { /* Chosen anew after a reload, then. */ }
  if (held) {
    at("app-files").accept = held.can?.file ? "" : "image/*,video/*,audio/*";
    at("stickers").hidden = !held.can?.sticker;
  }
  showTabs();
  showAbout();
  showFiles();
  show();
}

// Tapping

async function tap(message, choice, from) {
  if (choice.style === "link" || choice.style === "call") {
    hint.textContent = say("open_link", { url: choice.url });
    return;
  }
  if (choice.style === "ask_place") {
    openPlaces(from);
    return;
  }
  await act({ act: "tap", message: message.id, button: choice.id });
}

/** Quick replies stand above the writing line until something is said. */
function showQuick(list) {
  const last = list.at(-1);
  const chip = (choice) => account()?.kind === "line" || ["quick_reply", "ask_phone", "ask_email"].includes(choice.style);
  const offered = last && last.by !== "person" && !last.unsent ? last.choices.filter(chip) : [];
  const quick = at("quick");
  const sign = JSON.stringify([last?.id, offered]);
  if (quick.dataset.sign === sign) return;
  quick.dataset.sign = sign;
  quick.hidden = offered.length === 0;
  quick.replaceChildren(...offered.map((choice) => button("", "", (event) => tap(last, choice, event.currentTarget), labelOf(choice))));
}

// The menu of a message, and the sheet that comes from below

let cameFrom;
function close(back) {
  menu.hidden = true;
  sheet.hidden = true;
  at("rooms").hidden = true;
  at("places").setAttribute("aria-expanded", "false");
  for (const id of ["attach", "stickers"]) at(id).setAttribute("aria-expanded", "false");
  if (back) cameFrom?.focus();
}

function item(name, label, press) {
  const node = button("item", "", () => { close(); press(); }, icon(name), element("span", "", label));
  node.setAttribute("role", "menuitem");
  return node;
}

function openMenu(message, place) {
  close();
  const held = account();
  cameFrom = place.matches("button") ? place : place.querySelector(".more");
  const given = message.reactions.find((one) => one.by === "person")?.emoji;
  const row = element("div", "emoji", ...held.can.react.map((emoji) => {
    const on = emoji === given;
    const node = button("", say(on ? "unreact" : "react", { emoji }), () => {
      close(true);
      act({ act: "react", message: message.id, emoji: on ? null : emoji });
    }, emoji);
    node.setAttribute("role", "menuitemcheckbox");
    node.setAttribute("aria-checked", String(on));
    return node;
  }));
  const own = message.by === "person";
  const items = [
    held.can.reply && item("reply", words.reply, () => { about = { reply: message }; showAbout(); text.focus(); }),
    held.can.edit && own && message.kind === "text" && item("edit", words.edit, () => {
      about = { edit: message };
      text.value = message.text;
      showAbout();
      text.focus();
    }),
    held.can.unsend && own && item("unsend", words.unsend, () => act({ act: "unsend", message: message.id })),
  ].filter(Boolean);
  menu.replaceChildren(...(held.can.react.length > 0 ? [row] : []), ...items);
  menu.setAttribute("aria-label", words.options);
  menu.hidden = false;
  const frame = app.getBoundingClientRect();
  const spot = place.closest(".row").getBoundingClientRect();
  const below = spot.bottom - frame.top + 2;
  const above = spot.top - frame.top - menu.offsetHeight - 2;
  const room = frame.height - menu.offsetHeight - 12;
  // Never over the message it is about, unless that one fills the screen.
  const top = below > room && above >= 60 ? above : Math.min(Math.max(below, 60), room);
  menu.style.top = `${top}px`;
  menu.classList.toggle("mine", own);
  menu.querySelector("button")?.focus();
}

function openSheet(title, className, nodes, from) {
  const again = !sheet.hidden && sheet.dataset.title === title;
  close();
  if (again) return;
  cameFrom = from;
  from?.setAttribute?.("aria-expanded", "true");
  sheet.dataset.title = title;
  sheet.setAttribute("aria-label", title);
  const head = element("div", "sheet-head", element("strong", "", title), button("tool", words.close, () => close(true), icon("close")));
  sheet.replaceChildren(head, element("div", className, ...nodes));
  sheet.hidden = false;
  (sheet.querySelector(`.${className} button`) ?? head.querySelector("button")).focus();
}

function line(name, title, more, press) {
  return button("item", "", () => { close(true); press(); }, name && icon(name), element("span", "words", element("strong", "", title), more && element("span", "", more)));
}

function openList(message, rows, from) {
  const nodes = [];
  let section = "";
  for (const choice of rows) {
    if (choice.section && choice.section !== section) nodes.push(element("p", "section", choice.section));
    section = choice.section;
    nodes.push(line("", choice.title, choice.description, () => act({ act: "tap", message: message.id, button: choice.id })));
  }
  openSheet(message.list_label || words.choose, "items", nodes, from);
}

function openPlaces(from) {
  openSheet(words.places, "items", PLACES.map((place) => line("place", place.name, place.address, () => act({ act: "location", place }))), from);
}

function openContacts(from) {
  const people = [...owner.options].map((one) => ({ name: one.dataset.name, phone: one.value, email: "" }));
  openSheet(words.contacts, "items", people.map((contact) => line("person", contact.name, contact.phone, () => act({ act: "contact", contact }))), from);
}

at("attach").addEventListener("click", () => {
  const { can } = account();
  const from = at("attach");
  openSheet(words.attach, "items", [
    line("photo", can.file ? `${words.media}, ${words.document}` : words.media, "", () => at("app-files").click()),
    can.location && line("place", words.location, "", () => openPlaces(from)),
    can.contact && line("person", words.contact, "", () => openContacts(from)),
  ].filter(Boolean), from);
});

at("places").addEventListener("click", () => {
  const shown = !at("rooms").hidden;
  close();
  if (shown) return;
  cameFrom = at("places");
  at("rooms").hidden = false;
  cameFrom.setAttribute("aria-expanded", "true");
  (at("rooms").querySelector("[aria-current]") ?? at("rooms").querySelector("button"))?.focus();
});

at("stickers").addEventListener("click", () => {
  const nodes = STICKERS.map((name) => {
    const image = element("img");
    image.src = stickerAddress(name);
    image.alt = "";
    return button("", say("sticker", { name: words[`sticker_${name}`] }), () => {
      close(true);
      const reply_to = about.reply?.id;
      about = {};
      showAbout();
      act({ act: "sticker", sticker: name, ...(reply_to && { reply_to }) });
    }, image);
  });
  openSheet(words.stickers, "stickers", nodes, at("stickers"));
});

// Writing

function fit() {
  text.style.height = "40px";
  text.style.height = `${Math.min(text.scrollHeight, 120)}px`;
  text.style.overflowY = text.scrollHeight > 120 ? "auto" : "hidden";
  const one = known();
  const empty = text.value.trim() === "" && files.length === 0;
  go.disabled = !one || one.off || empty;
  for (const id of ["attach", "stickers"]) at(id).disabled = !one || one.off || Boolean(about.edit);
  for (const node of at("standing").children) node.disabled = !one || one.off;
}

function showAbout() {
  const holder = at("about");
  const message = about.reply ?? about.edit;
  holder.hidden = !message && !about.begin;
  if (!holder.hidden) {
    const label = about.begin ? say("beginning", { name: titleOf(about.begin) }) : about.edit ? words.editing : say("replying", { text: summary(message) });
    const line = element("span", "", label);
    line.dir = "auto";
    holder.replaceChildren(icon(about.begin ? "branch" : about.edit ? "edit" : "reply"), line, button("tool", words.stop, () => {
      if (about.edit) text.value = "";
      about = {};
      showAbout();
      text.focus();
    }, icon("close")));
  }
  fit();
}

function showFiles() {
  const holder = at("app-chosen");
  holder.hidden = files.length === 0;
  holder.replaceChildren(...files.map((file, index) => {
    const node = button("", words.remove.replace("{name}", file.name), () => {
      files.splice(index, 1);
      showFiles();
    });
    if (file.type.startsWith("image/")) {
      const image = element("img");
      image.src = file.preview;
      image.alt = "";
      node.append(image);
    } else {
      node.append(icon("file"));
    }
    const cross = element("span", "", "×");
    cross.setAttribute("aria-hidden", "true");
    node.append(cross);
    return node;
  }));
  fit();
}

function take(list) {
  const all = [...files, ...[...list].slice(0, 10 - files.length)];
  if (all.reduce((sum, file) => sum + file.size, 0) > MEGABYTES) {
    hint.classList.add("bad");
    hint.textContent = words.too_big_app;
    return;
  }
  files = all.map((file) => Object.assign(file, { preview: file.preview ?? URL.createObjectURL(file) }));
  showFiles();
}

at("compose").addEventListener("submit", async (event) => {
  event.preventDefault();
  fit();
  if (go.disabled) return;
  const said = text.value.trim();
  const held = { about, files };
  const media = await Promise.all(files.map(packed));
  const mail = account().kind === "email";
  const subject = at("subject").value.trim();
  const what = mail ? { act: "mail", subject: place ? "" : subject, text: said, media }
    : about.edit ? { act: "edit", message: about.edit.id, text: said }
    : { act: "say", text: said, media, ...(about.reply && { reply_to: about.reply.id }) };
  text.value = "";
  stopTyping({ sent: true });
  files = [];
  about = {};
  showFiles();
  showAbout();
  talk.scrollTop = talk.scrollHeight;
  if (held.about.begin) {
    const made = await act({ act: "start", title: [...said].slice(0, 60).join("") || words.ticket });
    if (made && (await act(what, made.id))) {
      enter(made.id);
      return;
    }
  } else {
    const made = await act(what);
    if (made && mail && !place) {
      at("subject").value = "";
      enter(made.id);
    }
    if (made) return;
  }
  // What could not be said stays in the hand.
  if (text.value === "") text.value = said;
  files = held.files;
  about = held.about;
  showFiles();
  showAbout();
});
text.addEventListener("input", () => {
  fit();
  const [id, who] = [chosen, person()];
  // What is lost of it is said again, and nobody misses it.
  if (account()?.can?.typing && text.value !== "") typing((on) => void ask(id, who, { act: "typing", on }).catch(() => undefined));
  else stopTyping();
});
text.addEventListener("blur", () => stopTyping());
text.addEventListener("keydown", (event) => {
  // While an input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  at("compose").requestSubmit();
});
text.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  take(event.clipboardData.files);
});
at("app-files").addEventListener("change", () => {
  take(at("app-files").files);
  at("app-files").value = "";
});
at("block").addEventListener("click", () => act({ act: known()?.blocked ? "unblock" : "block" }));
at("bell").addEventListener("click", () => act({ act: "marketing", wanted: Boolean(known()?.muted) }));
// Flight mode is the whole phone's; it is read before the texts' own switch turns it.
at("flight").addEventListener("click", () => {
  const on = at("flight").getAttribute("aria-pressed") === "true";
  for (const id of new Set([...talks.values()].map((one) => one.account))) {
    ask(id, person(), { act: "power", on }).catch(() => { /* The screen shows what the network knows. */ });
  }
});

app.addEventListener("keydown", (event) => {
  if (menu.hidden && sheet.hidden) {
    if (event.key === "Escape" && !at("rooms").hidden) close(true);
    else if (event.key === "Escape" && (about.reply || about.edit || about.begin)) at("about").querySelector("button").click();
    return;
  }
  const open = menu.hidden ? sheet : menu;
  const buttons = [...open.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (event.key === "Escape") close(true);
  else if (step) {
    const now = buttons.indexOf(document.activeElement);
    buttons[(now + step + buttons.length) % buttons.length].focus();
  } else return;
  event.preventDefault();
});
app.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#menu, #sheet, #rooms, #places, .more, #attach, #stickers, .choice")) close();
});
document.addEventListener("visibilitychange", () => {
  const one = known();
  if (one && !document.hidden) one.unread = 0;
  look();
});

function listen() {
  stream?.close();
  talks = new Map();
  epoch = "";
  about = {};
  if (accounts.length === 0 || !person()) return;
  stream = new EventSource(`/phone/api/apps/${encodeURIComponent(person())}/events`);
  stream.onopen = () => { connected = true; show(); };
  stream.onerror = () => { connected = false; show(); };
  stream.onmessage = (event) => heard(JSON.parse(event.data));
}

function mark(kind, letter) {
  const node = element("span", "ch", letter ? "" : icon(kind === "email" ? "mail" : "message"));
  node.dataset.ch = kind;
  // Drawn by the style, so that the letter is no part of the tab's name.
  node.dataset.letter = letter ?? "";
  node.setAttribute("aria-hidden", "true");
  return node;
}

/** Puts the tabs up and opens the app that was open last. */
export function start() {
  if (accounts.length === 0) return;
  const all = [{ id: "sms", kind: "sms", label: words.sms }, ...accounts.map((one) => ({ id: one.id, kind: one.kind, letter: (one.app ?? one.kind)[0].toUpperCase(), label: appOf(one) }))];
  tabs.replaceChildren(...all.map(({ id, kind, letter, label }) => {
    const tab = button("tab", label, () => choose(id), mark(kind, ["sms", "email"].includes(kind) ? undefined : letter), element("span", "name", label));
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "screen");
    tab.id = `tab-${id}`;
    tab.dataset.app = id;
    tab.dataset.name = label;
    return tab;
  }));
  tabs.hidden = false;
  at("screen").setAttribute("role", "tabpanel");
  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const list = [...tabs.children];
    const next = list[(list.findIndex((tab) => tab.dataset.app === chosen) + step + list.length) % list.length];
    next.focus();
    choose(next.dataset.app);
  });
  owner.addEventListener("change", () => {
    listen();
    choose(chosen);
  });
  new ResizeObserver(() => {
    if (reading) talk.scrollTop = talk.scrollHeight;
  }).observe(talk);
  talk.addEventListener("scroll", () => {
    reading = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  });
  const asked = new URLSearchParams(location.search).get("app");
  const kept = (() => { try { return localStorage.getItem("phone.app"); } catch { return null; } })();
  const first = all.find((one) => one.id === asked || one.kind === asked) ?? all.find((one) => one.id === kept);
  listen();
  choose(first?.id ?? "sms");
}
// Whoever reads the end goes on reading the end when the writing line grows.
let reading = true;

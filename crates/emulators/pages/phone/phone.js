// The sample phone: who holds it, what it shows, what it sends.
import { start as startApps } from "./apps.js";
import { acknowledge, listen, power, send } from "./network.js";
import { segments } from "./segments.js";
import { draw, timeOf } from "./thread.js";

const words = document.body.dataset;
const at = (id) => document.getElementById(id);
const owner = at("owner");
const thread = at("thread");
const text = at("text");
const hint = at("hint");
const go = at("go");
const flight = at("flight");
const number = () => owner.value;
const options = [...owner.options];
const MEGABYTES = 5 * 1024 * 1024;

/** All that is known of each phone: texts by sid, texts on their way, whether it is on, unread. */
const phones = new Map(options.map((option) => [option.value, {
  name: option.dataset.name, lang: option.lang, on: option.dataset.on === "true",
  texts: new Map(), going: [], unread: 0,
}]));
let epoch = "";
let connected = true;
let pictures = [];

function messagesOf(phone) {
  return [...phone.texts.values()].sort((a, b) => a.at_ms - b.at_ms || a.first - b.first).concat(phone.going);
}

function show() {
  const phone = phones.get(number());
  if (!phone) return;
  thread.lang = phone.lang;
  draw(thread, messagesOf(phone), retry);
  flight.setAttribute("aria-pressed", String(!phone.on));
  at("state").textContent = !connected ? words.offline : phone.on ? phoneLine : words.off;
  const others = [...phones].filter(([key, other]) => key !== number() && other.unread > 0);
  at("others").textContent = others.length ? String(others.reduce((sum, [, other]) => sum + other.unread, 0)) : "";
  at("others").title = others.map(([, other]) => words.new.replace("{name}", other.name)).join(", ");
  for (const option of options) {
    const other = phones.get(option.value);
    const dot = option.value !== number() && other.unread > 0 ? " •" : "";
    option.textContent = `${other.name}, ${option.value}${dot}`;
  }
}
const phoneLine = at("state").textContent;

function heard(list) {
  if (epoch && epoch !== list.epoch) {
    for (const phone of phones.values()) Object.assign(phone, { texts: new Map(), going: [], unread: 0, on: true });
  }
  const known = epoch === list.epoch;
  epoch = list.epoch;
  for (const event of list.events) {
    const phone = phones.get(event.number);
    if (!phone) continue;
    const before = phone.texts.get(event.sid);
    phone.texts.set(event.sid, { ...event, first: before?.first ?? event.position });
    // A text that was drawn while it was going out is now the network's.
    phone.going = phone.going.filter((going) => going.sid !== event.sid);
    if (!before && !event.mine && known && event.number !== number()) phone.unread += 1;
  }
  show();
  const fresh = list.events.filter((event) => !event.mine && !event.acknowledged);
  for (const key of new Set(fresh.map((event) => event.number))) {
    const sids = fresh.filter((event) => event.number === key).map((event) => event.sid);
    acknowledge(key, sids).catch(() => { /* The stream repeats what was not acknowledged when it returns. */ });
  }
}

async function give(phone, key, going) {
  going.state = "sending";
  show();
  try {
    const { sid } = await send(key, going.text, going.files);
    going.sid = sid;
    if (phone.texts.has(sid)) phone.going = phone.going.filter((other) => other !== going);
    going.state = "";
  } catch (why) {
    going.state = "failed";
    going.why = why instanceof TypeError ? words.offline : why.message;
  }
  show();
}

function retry(going) {
  give(phones.get(number()), number(), going);
}

function fit() {
  text.style.height = "40px";
  text.style.height = `${Math.min(text.scrollHeight, 120)}px`;
  text.style.overflowY = text.scrollHeight > 120 ? "auto" : "hidden";
  const phone = phones.get(number());
  const { count, left } = segments(text.value);
  const long = [...text.value].length > 1600;
  hint.classList.toggle("bad", long);
  hint.textContent = long ? words.tooLong
    : count > 1 || left < 20 ? words.segments.replace("{left}", left).replace("{count}", count) : "";
  go.disabled = !phone || !phone.on || long || (text.value.trim() === "" && pictures.length === 0);
}

function showPictures() {
  const place = at("chosen");
  place.hidden = pictures.length === 0;
  place.replaceChildren(...pictures.map((picture, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = words.remove.replace("{name}", picture.name);
    button.setAttribute("aria-label", button.title);
    const image = document.createElement("img");
    image.src = picture.preview;
    image.alt = "";
    const cross = document.createElement("span");
    cross.textContent = "×";
    cross.setAttribute("aria-hidden", "true");
    button.append(image, cross);
    button.addEventListener("click", () => {
      pictures.splice(index, 1);
      showPictures();
    });
    return button;
  }));
  fit();
}

const base64 = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",")[1] ?? "");
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(file);
});

async function choose(files) {
  const chosen = [...files].slice(0, 10 - pictures.length);
  const size = [...pictures, ...chosen].reduce((sum, file) => sum + file.size, 0);
  if (size > MEGABYTES) {
    hint.classList.add("bad");
    hint.textContent = words.tooBig;
    return;
  }
  for (const file of chosen) {
    pictures.push({
      name: file.name, size: file.size, content_type: file.type || "application/octet-stream",
      data: await base64(file), preview: URL.createObjectURL(file),
    });
  }
  showPictures();
}

at("write").addEventListener("submit", (event) => {
  event.preventDefault();
  fit();
  if (go.disabled) return;
  const phone = phones.get(number());
  const going = {
    mine: true, text: text.value.trim(), at_ms: Date.now(), state: "sending", first: Infinity,
    media: pictures.map(({ content_type, preview }) => ({ content_type, preview })),
    files: pictures.map(({ content_type, data }) => ({ content_type, data })),
  };
  phone.going.push(going);
  text.value = "";
  pictures = [];
  showPictures();
  thread.scrollTop = thread.scrollHeight;
  give(phone, number(), going);
});
text.addEventListener("input", fit);
text.addEventListener("keydown", (event) => {
  // While an input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  at("write").requestSubmit();
});
text.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length === 0) return;
  event.preventDefault();
  choose(event.clipboardData.files);
});
at("pick").addEventListener("click", () => at("files").click());
at("files").addEventListener("change", () => {
  choose(at("files").files);
  at("files").value = "";
});
flight.addEventListener("click", async () => {
  const phone = phones.get(number());
  if (!phone) return;
  phone.on = !phone.on;
  await power(number(), phone.on).catch(() => { phone.on = !phone.on; });
  show();
  fit();
});
owner.addEventListener("change", () => {
  phones.get(number()).unread = 0;
  try { localStorage.setItem("phone.owner", number()); } catch { /* Chosen anew after a reload, then. */ }
  show();
  fit();
  thread.scrollTop = thread.scrollHeight;
});

// The writing line grows and shrinks the thread; who reads the end goes on reading the end.
let reading = true;
thread.addEventListener("scroll", () => {
  reading = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 60;
});
new ResizeObserver(() => {
  if (reading) thread.scrollTop = thread.scrollHeight;
}).observe(thread);

function tick() {
  at("clock").textContent = timeOf(Date.now());
  setTimeout(tick, 60_000 - (Date.now() % 60_000));
}

// Inside another page the phone is drawn as a thing; alone on a small screen it is the screen.
if (window.parent === window) document.querySelector(".column").classList.add("bare");
const asked = new URLSearchParams(location.search).get("number");
const kept = (() => { try { return localStorage.getItem("phone.owner"); } catch { return null; } })();
const first = [asked, kept].find((key) => phones.has(key));
if (first) owner.value = first;
tick();
if (options.length === 0) {
  const empty = document.createElement("p");
  empty.className = "empty";
  empty.textContent = words.nobody;
  thread.replaceChildren(empty);
  document.querySelector(".owner").hidden = true;
  text.disabled = true;
  fit();
} else {
  startApps();
  show();
  fit();
  listen(options.map((option) => option.value), heard, (up) => {
    connected = up;
    show();
  });
}

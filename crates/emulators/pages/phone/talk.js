// Draws the talk of one app. What did not change keeps its nodes, so that focus and sounds survive.
import { button, dayOf, element, fileAddress, icon, say, stickerAddress, summary, timeOf, words } from "./parts.js";

const GAP_MS = 10 * 60_000;
const drawn = new Map();
let shownFor = "";

function quote(message, all) {
  const about = message.reply_to && all.find((one) => one.id === message.reply_to);
  if (!about) return null;
  const node = element("p", "quote", summary(about));
  node.dir = "auto";
  return node;
}

function files(message, grown) {
  return message.media.filter((media) => !media.file.includes("://")).map((media) => {
    const href = fileAddress(media.file);
    const sort = message.kind === "sticker" || !media.file ? "sticker" : media.content_type.split("/")[0] || message.kind;
    if (sort === "sticker") {
      const image = element("img", "sticker");
      // Discord names its stickers, and the app has their pictures.
      image.src = media.file ? href : stickerAddress(media.name);
      image.alt = say("sticker", { name: words[`sticker_${media.name}`] ?? message.text });
      image.addEventListener("load", grown, { once: true });
      return image;
    }
    if (sort === "audio" || sort === "video") {
      const player = element(sort, "player");
      player.controls = true;
      player.preload = "metadata";
      player.src = href;
      player.setAttribute("aria-label", words[sort]);
      return player;
    }
    const link = element("a", sort === "image" ? "photo" : "file");
    link.href = href;
    if (sort === "image") {
      const image = element("img");
      image.alt = media.name || words.photo;
      image.addEventListener("load", grown, { once: true });
      image.src = href;
      link.target = "_blank";
      link.rel = "noopener";
      link.append(image);
    } else {
      link.download = media.name || "";
      link.append(icon("file"), element("span", "", media.name || words.document));
    }
    return link;
  });
}

function spot(place) {
  const node = element("div", "place");
  const map = element("div", "map", icon("place"));
  map.setAttribute("aria-hidden", "true");
  const point = `${place.latitude.toFixed(4)}, ${place.longitude.toFixed(4)}`;
  node.append(map, element("div", "words", element("strong", "", place.name || words.location), element("span", "", place.address || point)));
  return node;
}

function contactCard(contact) {
  const initial = element("span", "avatar", [...contact.name][0] ?? "");
  initial.setAttribute("aria-hidden", "true");
  return element("div", "contact", initial, element("div", "words", element("strong", "", contact.name), element("span", "", contact.phone || contact.email)));
}

const LABELS = { ask_phone: "give_phone", ask_email: "give_email", ask_place: "give_place" };
const SIGNS = { link: "link", call: "call", ask_place: "place", button: "reply" };

/** What a choice says; some say nothing of their own. */
export const labelOf = (choice) => choice.title || words[LABELS[choice.style]] || choice.url;

function choices(message, list, act) {
  const shown = list.filter((choice) => !["quick_reply", "ask_phone", "ask_email", "row"].includes(choice.style));
  const rows = list.filter((choice) => choice.style === "row");
  const nodes = shown.map((choice) => {
    const node = button("choice", "", (event) => act.tap(message, choice, event.currentTarget), icon(SIGNS[choice.style] ?? "reply"), element("span", "", labelOf(choice)));
    if (choice.style === "link") node.title = say("open_link", { url: choice.url });
    return node;
  });
  if (rows.length > 0) nodes.push(button("choice", "", (event) => act.list(message, rows, event.currentTarget), icon("list"), element("span", "", message.list_label || words.choose)));
  return nodes.length > 0 ? [element("div", "choices", ...nodes)] : [];
}

/** WhatsApp writes what stands between two stars in bold. */
const starred = (text) => text.split(/\*([^*\n]+)\*/).map((piece, at) => (at % 2 === 1 ? element("strong", "", piece) : piece));

function card(message, one, act, grown) {
  const node = element("div", "card");
  if (one.image && !one.image.includes("://")) {
    const image = element("img");
    image.src = fileAddress(one.image);
    image.alt = "";
    image.addEventListener("load", grown, { once: true });
    node.append(image);
  }
  // On a card a reply stays, so it is drawn as a button like the others.
  const kept = one.choices.map((choice) => (choice.style === "quick_reply" ? { ...choice, style: "button" } : choice));
  node.append(element("div", "words", element("strong", "", one.title), one.subtitle && element("span", "", one.subtitle)), ...choices(message, kept, act));
  return node;
}

function marks(message, kind) {
  if (message.by !== "person" || message.unsent) return null;
  // Instagram tells nobody that something was delivered.
  const state = message.seen ? "seen" : message.delivered && kind !== "instagram" ? "delivered" : "sent";
  const node = element("span", `mark ${state}`);
  const label = words[`${state}_mark`];
  if (kind === "whatsapp") node.append(icon(state === "sent" ? "one" : "two"));
  else if (kind === "messenger") node.append(icon("one"));
  else node.append(label);
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", label);
  node.title = label;
  return node;
}

function reactions(message) {
  if (message.reactions.length === 0) return null;
  const node = element("span", "reactions", message.reactions.map((one) => one.emoji).join(""));
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", message.reactions.map((one) => say("react", { emoji: one.emoji })).join(", "));
  return node;
}

/** Discord's lines begin with a face, a name and the time. */
function byline(message) {
  const face = element("span", "avatar", [...message.author][0] ?? "");
  face.setAttribute("aria-hidden", "true");
  face.dataset.by = message.by;
  return [face, element("span", "byline", element("strong", "", message.author), message.app || message.automatic ? element("span", "badge", message.app ? words.bot : words.automatic) : "", element("time", "", timeOf(message.at_ms)))];
}

/** Discord's counted reactions; one's own is marked, and a press takes it back or joins in. */
function counted(message, act) {
  const all = new Map();
  for (const one of message.reactions) all.set(one.emoji, [...(all.get(one.emoji) ?? []), one.by]);
  const nodes = [...all].map(([emoji, by]) => {
    const own = by.includes("person");
    const node = button("given", say(own ? "unreact" : "react", { emoji }), () => act.react(message, own ? null : emoji), element("span", "", emoji), element("span", "count", String(by.length)));
    node.setAttribute("aria-pressed", String(own));
    return node;
  });
  return nodes.length > 0 ? element("div", "reactions", ...nodes) : null;
}

function row(message, all, place, app, act, grown) {
  const discord = app.kind === "discord";
  const mail = app.kind === "email";
  const club = app.kind === "custom";
  const mine = message.by === "person";
  const node = element("div", mine ? "row mine" : "row");
  node.dataset.id = message.id;
  node.dataset.kind = message.kind;
  if (place.first) node.classList.add("first");
  if (place.last) node.classList.add("last");
  const stack = element("div", "stack");
  if (discord && place.first && !message.unsent || mail) {
    const [face, line] = byline(message);
    node.append(face);
    stack.append(line);
  }
  // The club's app says once who speaks; a sticker has no bubble to say it in.
  const bare = message.kind === "sticker";
  if ((bare || (club && place.first)) && message.header && !message.unsent) stack.append(element("span", "speaker", message.header));
  if (message.unsent) {
    stack.append(element("p", "bubble gone", words.unsent));
  } else {
    const quoted = quote(message, all);
    if (quoted && app.kind !== "whatsapp") stack.append(quoted);
    const outside = message.kind === "sticker" || app.kind !== "whatsapp";
    const attached = files(message, grown);
    if (outside) stack.append(...attached);
    const bubble = element("div", "bubble");
    bubble.dir = "auto";
    if (quoted && app.kind === "whatsapp") bubble.append(quoted);
    if (!outside) bubble.append(...attached);
    if (message.place) bubble.append(spot(message.place));
    if (message.contact) bubble.append(contactCard(message.contact));
    if (message.kind === "share") bubble.append(element("span", "shared", words.shared));
    if (message.header && !club && !bare) bubble.append(element("strong", "top", message.header));
    if (message.text && message.kind !== "sticker") bubble.append(element("span", "text", ...(app.kind === "whatsapp" ? starred(message.text) : [message.text])));
    if (message.footer) bubble.append(element("span", "foot", message.footer));
    if (bubble.childNodes.length > 0) {
      if (message.place || message.contact || (!outside && attached.length > 0)) bubble.classList.add("full");
      stack.append(bubble);
    }
    if (app.kind === "whatsapp") {
      const note = element("span", "note", message.edits > 0 ? `${words.edited} ` : "", timeOf(message.at_ms), marks(message, app.kind));
      (bubble.childNodes.length > 0 ? bubble : stack).append(note);
    }
    // In LINE whatever one can choose below a message is a chip above the writing line.
    const cards = message.cards.length > 0 ? [element("div", "cards", ...message.cards.map((one) => card(message, one, act, grown)))] : [];
    if (discord) stack.append(...cards);
    if (app.kind !== "line") stack.append(...choices(message, message.choices, act));
    if (!discord) stack.append(...cards);
    if (message.thread) {
      stack.append(button("choice way", "", () => act.enter(message.id), icon("branch"), element("span", "", message.thread || words.thread_of)));
    }
    if (message.only_you) stack.append(element("span", "side", words.only_you));
    const given = discord ? counted(message, act) : reactions(message);
    if (given) stack.append(given);
    if (message.by === "staff") stack.append(element("span", "side", words.staff));
  }
  if (app.kind !== "whatsapp" && (place.last || message.edits > 0 || place.marked)) {
    const edited = message.edits > 0 && !message.unsent ? words.edited : "";
    const time = place.last && !["messenger", "discord", "email"].includes(app.kind) ? timeOf(message.at_ms) : "";
    const mark = place.marked && app.can.seen ? marks(message, app.kind) : null;
    if (edited || time || mark) stack.append(element("span", "note", [edited, time].filter(Boolean).join(" "), mark));
  }
  node.append(stack);
  if (!message.unsent && !message.only_you && (app.can.reply || app.can.react.length > 0)) {
    node.append(button("more", words.options, (event) => act.menu(message, event.currentTarget), icon("more")));
  }
  node.addEventListener("contextmenu", (event) => {
    if (message.unsent || message.only_you || event.target.closest("a, audio, video")) return;
    event.preventDefault();
    act.menu(message, node);
  });
  let held = 0;
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || message.unsent) return;
    held = setTimeout(() => act.menu(message, node), 450);
  });
  for (const end of ["pointerup", "pointercancel", "pointermove"]) node.addEventListener(end, () => clearTimeout(held));
  return node;
}

/** Draws the messages and, at the end, the dots of who is writing. Stays where the reader is unless they were at the end. */
export function draw(talk, app, messages, typing, act) {
  const key = `${app.id} ${app.place ?? ""} ${app.person}`;
  if (shownFor !== key) {
    drawn.clear();
    talk.replaceChildren();
  }
  const atEnd = shownFor !== key || talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  shownFor = key;
  const toEnd = () => { if (atEnd) talk.scrollTop = talk.scrollHeight; };
  const lastMine = messages.findLast((message) => message.by === "person" && !message.unsent);
  const wanted = [];
  let before = null;
  for (const [index, message] of messages.entries()) {
    const next = messages[index + 1];
    if (!before || dayOf(before.at_ms) !== dayOf(message.at_ms) || (app.kind === "messenger" && message.at_ms - before.at_ms > GAP_MS)) {
      const text = app.kind === "messenger" ? `${dayOf(message.at_ms)} ${timeOf(message.at_ms)}` : dayOf(message.at_ms);
      wanted.push([`day ${message.id}`, text, () => element("span", "day", text)]);
    }
    const side = (one) => one?.author ?? (app.kind === "custom" ? one && `${one.by} ${one.header}` : one?.by);
    const place = {
      first: !before || side(before) !== side(message) || message.at_ms - before.at_ms > GAP_MS,
      last: !next || side(next) !== side(message) || next.at_ms - message.at_ms > GAP_MS,
      marked: message === lastMine,
    };
    const quoted = messages.find((one) => one.id === message.reply_to);
    wanted.push([message.id, JSON.stringify([message, place, quoted && summary(quoted)]), () => row(message, messages, place, app, act, toEnd)]);
    before = message;
  }
  if (messages.length === 0) {
    const text = app.kind === "email" ? say("empty_mail", { name: app.name }) : app.place ? say("empty_place", { name: app.name }) : say("empty_app", { name: app.name });
    wanted.push(["empty", text, () => element("p", "empty", text)]);
  }
  if (typing) {
    wanted.push(["typing", "", () => {
      const dots = element("div", "dots", element("i"), element("i"), element("i"));
      dots.setAttribute("role", "img");
      dots.setAttribute("aria-label", say("typing", { name: app.name }));
      return element("div", "row", dots);
    }]);
  }
  const keys = new Set(wanted.map(([id]) => id));
  for (const [id, { node }] of drawn) {
    if (keys.has(id)) continue;
    node.remove();
    drawn.delete(id);
  }
  let place = talk.firstChild;
  for (const [id, sign, make] of wanted) {
    const known = drawn.get(id);
    let node = known?.node;
    if (known?.sign !== sign) {
      node = make();
      if (known) {
        if (known.node === place) place = node;
        known.node.replaceWith(node);
      }
      drawn.set(id, { sign, node });
    }
    if (node === place) place = place.nextSibling;
    else talk.insertBefore(node, place);
  }
  toEnd();
}

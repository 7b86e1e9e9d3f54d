// Small pieces that the apps' drawings are made of.
export const words = JSON.parse(document.body.dataset.words);
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
const dayName = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });

export const at = (id) => document.getElementById(id);
export const timeOf = (ms) => clock.format(new Date(ms));
export const fileAddress = (id) => `/phone/api/files/${encodeURIComponent(id)}`;
export const stickerAddress = (name) => `/phone/assets/stickers/${encodeURIComponent(name)}.svg`;

export function dayOf(ms) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (ms >= midnight) return words.today;
  if (ms >= midnight - 86_400_000) return words.yesterday;
  return dayName.format(new Date(ms));
}

/** A word with its gaps filled. */
export function say(key, gaps = {}) {
  return Object.entries(gaps).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key] ?? key);
}

export function element(name, className, ...content) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...content.filter((one) => one !== undefined && one !== null && one !== ""));
  return node;
}

export function button(className, label, press, ...content) {
  const node = element("button", className, ...content);
  node.type = "button";
  if (label) {
    node.setAttribute("aria-label", label);
    node.title = label;
  }
  node.addEventListener("click", press);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  hash: ["M9.500 4 7.500 20M16.500 4l-2 16M4.500 9h15.500M4 15h15.500"],
  branch: ["M6 4v8a4 4 0 0 0 4 4h8", "m14 12 4 4-4 4"],
  mail: ["M4 6.5h16v11H4Z", "m4.5 7 7.5 6 7.5-6"],
  plus: ["M12 5v14M5 12h14"],
  more: ["M6 12h.01M12 12h.01M18 12h.01"],
  message: ["M5.5 5h13A1.5 1.5 0 0 1 20 6.5v9a1.5 1.5 0 0 1-1.5 1.5H11l-4.5 3.5V17h-1A1.5 1.5 0 0 1 4 15.5v-9A1.5 1.5 0 0 1 5.5 5Z"],
  reply: ["M10 7 5 12l5 5", "M5 12h9a5 5 0 0 1 5 5v1"],
  edit: ["M5 19h3L18.5 8.5l-3-3L5 16Z"],
  unsend: ["M5 8h11a4 4 0 0 1 0 8H9", "M8 5 5 8l3 3"],
  photo: ["M4 8h3.5L9 5.5h6L16.5 8H20v11H4Z", "M12 10a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6"],
  file: ["M7 3.5h7l4 4V20.5H7Z", "M14 3.5v4h4"],
  place: ["M12 21c4.5-5 7-8.5 7-11.5a7 7 0 0 0-14 0c0 3 2.5 6.5 7 11.5Z", "M12 7.5a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4"],
  person: ["M12 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7", "M5 20c.5-4 3.5-6 7-6s6.5 2 7 6"],
  list: ["M8 6.5h12M8 12h12M8 17.5h12M4 6.5h.01M4 12h.01M4 17.5h.01"],
  link: ["M10 14 19 5M13 5h6v6", "M17 14v5H5V7h5"],
  call: ["M5 4h3.5l1.8 4.6-2.3 1.6a12 12 0 0 0 5.8 5.8l1.6-2.3L20 15.5V19a1.5 1.5 0 0 1-1.6 1.5C10.6 20 4 13.4 3.5 5.6A1.5 1.5 0 0 1 5 4Z"],
  one: ["m6 12.5 4 4L18.5 8"],
  two: ["m2.5 12.5 4 4L15 8", "m11 15.5 1 1L20.5 8"],
  close: ["m7 7 10 10M17 7 7 17"],
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  for (const data of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}

export const STICKERS = ["cup", "heart", "thumb", "wave", "party", "puzzled"];
/** One emoji is enough for each of them when no picture can be shown, as in a quotation. */
export function summary(message) {
  if (message.unsent) return words.unsent;
  if (message.kind === "sticker") return message.text || words.stickers;
  if (message.text) return message.text;
  if (message.place) return message.place.name || words.location;
  if (message.contact) return message.contact.name;
  if (message.cards.length > 0) return message.cards[0].title;
  if (message.media.length > 0) return message.media[0].name || words.photo;
  return words.unknown;
}

/** The files as the network takes them. */
export const packed = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done({
    content_type: file.type || "application/octet-stream", name: file.name, data: String(reader.result).split(",")[1] ?? "",
  });
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(file);
});

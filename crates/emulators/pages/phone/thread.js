// Draws the texts between one phone and the shop.
const words = document.body.dataset;
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
const dayName = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

export const timeOf = (ms) => clock.format(new Date(ms));

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function dayOf(ms) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (ms >= midnight) return words.today;
  if (ms >= midnight - 86_400_000) return words.yesterday;
  return dayName.format(new Date(ms));
}

function picture(file, mine, grown) {
  const href = file.preview ?? `/phone/api/media/${file.sid}`;
  if (!SHOWN.has(file.content_type)) {
    const bubble = element("div", mine ? "bubble mine" : "bubble");
    const link = element("a", "", `${words.file}, ${file.content_type}`);
    link.href = href;
    link.download = "";
    bubble.append(link);
    return bubble;
  }
  const link = element("a", mine ? "photo mine" : "photo");
  const image = element("img");
  image.alt = words.photo;
  image.addEventListener("load", grown, { once: true });
  image.src = href;
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener";
  link.append(image);
  return link;
}

function note(message, retry) {
  const line = element("span", message.mine ? "time mine" : "time");
  if (message.state === "failed") {
    line.classList.add("bad");
    line.append(`${words.failed.replace("{why}", message.why)} `);
    const again = element("button", "", words.retry);
    again.type = "button";
    again.addEventListener("click", () => retry(message));
    line.append(again);
  } else if (message.state === "sending") {
    line.textContent = words.sending;
  } else if (message.mine) {
    line.textContent = `${words.sent} ${timeOf(message.at_ms)}`;
  } else {
    line.textContent = timeOf(message.at_ms);
  }
  return line;
}

/** Draws all of it anew; stays where the reader is unless they were at the end. */
export function draw(place, messages, retry) {
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 60;
  const toEnd = () => { if (atEnd) place.scrollTop = place.scrollHeight; };
  const nodes = [];
  let day = "";
  for (const [index, message] of messages.entries()) {
    const today = dayOf(message.at_ms);
    if (today !== day) nodes.push(element("span", "day", today));
    day = today;
    for (const file of message.media) nodes.push(picture(file, message.mine, toEnd));
    if (message.text) {
      const bubble = element("div", message.mine ? "bubble mine" : "bubble", message.text);
      if (message.state === "sending") bubble.classList.add("going");
      bubble.dir = "auto";
      nodes.push(bubble);
    }
    const next = messages[index + 1];
    const together = next && next.mine === message.mine && next.at_ms - message.at_ms < 60_000;
    if (message.state || !together) nodes.push(note(message, retry));
  }
  if (nodes.length === 0) nodes.push(element("p", "empty", words.empty.replace("{name}", words.shop)));
  place.replaceChildren(...nodes);
  toEnd();
}

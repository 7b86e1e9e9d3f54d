// Discord's list of places: direct messages, and each server with its channels and the threads below them.
import { button, element, icon, say, words } from "./parts.js";

/** What a place is called in a list and in a header. */
export const titleOf = (one) => (one.sort === "channel" ? `# ${one.name}` : one.name);

/** Mail's list: a new letter, the threads, and the switch of absence notes. */
function mailbox(screens, here, { go, away }) {
  const threads = screens.filter((one) => one.sort === "thread").map((one) => entry({ ...one, name: one.name || words.no_subject }, here, go));
  const on = Boolean(screens[0]?.away);
  const toggle = button("room switch", "", () => away(!on), element("span", "", words.away), element("i", ""));
  toggle.setAttribute("role", "switch");
  toggle.setAttribute("aria-checked", String(on));
  const fresh = button("room begin new", "", () => go(""), icon("edit"), element("span", "", words.new_mail));
  return [group(words.inbox, [fresh, ...threads]), toggle];
}

/** The list, for whoever wants to go elsewhere. `here` is the place one is in, `go` opens another, `begin` opens a thread in a channel, `away` switches notes of absence where it is `mail`. */
export function drawRooms(holder, screens, here, { go, begin, away, mail }) {
  const sign = JSON.stringify([here, screens.map(({ place, sort, name, server, parent, unread, away }) => [place, sort, name, server, parent, unread, away])]);
  if (holder.dataset.sign === sign) return;
  holder.dataset.sign = sign;
  const held = holder.contains(document.activeElement) ? document.activeElement.dataset.place : null;
  if (mail) {
    holder.replaceChildren(...mailbox(screens, here, { go, away }));
    return;
  }
  const direct = screens.filter((one) => one.sort === "direct");
  const servers = [...new Set(screens.filter((one) => one.server).map((one) => one.server))];
  const parts = [group(words.direct, direct.map((one) => entry(one, here, go)))];
  for (const server of servers) {
    const channels = screens.filter((one) => one.server === server && one.sort === "channel");
    const nodes = channels.flatMap((channel) => [
      entry(channel, here, go),
      ...screens.filter((one) => one.sort === "thread" && one.parent === channel.place).map((one) => entry(one, here, go)),
      button("room begin", "", () => begin(channel), icon("plus"), element("span", "", words.ticket)),
    ]);
    parts.push(group(server, nodes));
  }
  holder.replaceChildren(...parts);
  if (held !== null) [...holder.querySelectorAll(".room")].find((one) => one.dataset.place === held)?.focus();
}

function group(title, nodes) {
  const sign = element("span", "server", [...title][0] ?? "");
  sign.setAttribute("aria-hidden", "true");
  const node = element("section", "rooms", element("h2", "", sign, element("span", "", title)), ...nodes);
  node.setAttribute("aria-label", title);
  return node;
}

function entry(one, here, go) {
  const signs = { channel: "hash", thread: "branch", direct: "person" };
  const node = button(`room ${one.sort}`, "", () => go(one.place), icon(signs[one.sort]), element("span", "", one.name));
  node.dataset.place = one.place;
  if (one.place === here) node.setAttribute("aria-current", "true");
  if (one.unread > 0) {
    node.classList.add("fresh");
    node.title = say("unread", { name: one.name });
  }
  return node;
}

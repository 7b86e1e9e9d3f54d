// Where one can go. The nav and the palette are made from this list, so that a place stands in both or in none.
import type { Permission } from "@seaway/api/types";
import type { IconName } from "@seaway/kit/Icon";
import { can } from "../session/session.tsx";
import { paths } from "../pages/paths.ts";
import type { Action } from "./action.ts";

export interface Place { path: string; /** Other pages that belong to it. */ also?: readonly string[]; title: string; icon: IconName; keys?: string; group: "work" | "answers" | "house"; needs: Permission[] }

export const places: Place[] = [
  { path: "/desk", title: "place.desk", icon: "desk", keys: "g d", group: "work", needs: ["task.take", "conversation.read"] },
  { path: paths.contacts, title: "place.contacts", icon: "users", keys: "g c", group: "work", needs: ["contact.read"] },
  { path: paths.board, title: "place.board", icon: "board", keys: "g b", group: "work", needs: ["board.read"] },
  { path: paths.flows, title: "place.flows", icon: "flow", keys: "g f", group: "answers", needs: ["flow.manage"] },
  { path: paths.answers, title: "place.answers", icon: "book", keys: "g a", group: "answers", needs: ["bot.manage"] },
  { path: paths.replies, title: "place.replies", icon: "bolt", group: "answers", needs: ["answer.manage"] },
  { path: paths.channels, title: "place.channels", icon: "plug", keys: "g h", group: "house", needs: ["channel.manage"] },
  { path: paths.people, also: [paths.agents], title: "place.people", icon: "user", group: "house", needs: ["worker.manage", "user.manage"] },
  { path: paths.queues, also: [paths.workflows, paths.taskChannels, paths.hours], title: "place.queues", icon: "route", keys: "g q", group: "house", needs: ["routing.manage"] },
  { path: paths.workspace, title: "place.settings", icon: "settings", group: "house", needs: ["workspace.manage"] },
];

export const placeActions: Action[] = places.map((place) => ({
  id: `place${place.path.replaceAll("/", ".")}`, title: place.title, icon: place.icon, keys: place.keys, group: "place",
  when: (hand) => place.needs.some((permission) => can(hand.me, permission)),
  run: (hand) => hand.go(place.path),
}));

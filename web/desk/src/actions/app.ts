// What one can do anywhere.
import { undoToast } from "@seaway/kit/toasts";
import { changeUi, ui } from "../shell/ui.ts";
import { activeOf, wrappingOf } from "../state/select.ts";
import type { Action, Hand } from "./action.ts";
import { BACK_KEYS } from "./keys.ts";
import { jumpPane } from "./panes.ts";

const always = () => true;

function step(hand: Hand, by: 1 | -1): void {
  const rows = [...activeOf(hand.state), ...wrappingOf(hand.state)];
  const shown = [...document.querySelectorAll<HTMLElement>("[data-task]")].map((row) => row.dataset["task"] ?? "");
  const ids = shown.length > 0 ? shown : rows.map((c) => c.id);
  if (ids.length === 0) return;
  const at = ids.indexOf(hand.conversation?.id ?? "");
  const next = ids[at < 0 ? (by === 1 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + by))];
  if (next) hand.go(`/desk/${next}`);
}

export const palette: Action = { id: "app.palette", title: "action.palette", icon: "search", keys: "mod+k", group: "app", whileTyping: true, when: always, run: () => changeUi({ overlay: "palette", paletteText: "" }) };

export const appActions: Action[] = [
  palette,
  { id: "app.search", title: "action.search", icon: "search", keys: "/", group: "app", when: always, run: () => changeUi({ overlay: "palette", paletteText: "" }) },
  { id: "app.keys", title: "action.keys", icon: "help", keys: "?", group: "app", when: always, run: () => changeUi({ overlay: "keys" }) },
  { id: "app.next", title: "action.next", icon: "down", keys: "j", group: "app", when: always, run: (hand) => step(hand, 1) },
  { id: "app.previous", title: "action.previous", icon: "up", keys: "k", group: "app", when: always, run: (hand) => step(hand, -1) },
  { id: "app.filter", title: "action.filter", icon: "filter", keys: "f", group: "app", when: always, run: () => changeUi({ filter: ui.get().filter ?? "" }) },
  { id: "app.context", title: "action.context", icon: "panel", keys: "i", group: "app", when: (hand) => hand.conversation !== null, run: () => changeUi({ contextOpen: !ui.get().contextOpen }) },
  { id: "app.nav", title: "action.nav", icon: "menu", keys: "[", group: "app", when: always, run: () => changeUi({ navOpen: !ui.get().navOpen }) },
  { id: "app.panes", title: "action.panes", icon: "panel", keys: "F6", group: "app", whileTyping: true, when: always, run: () => jumpPane(1) },
  { id: "app.panes.back", title: "action.panesBack", icon: "panel", keys: "shift+F6", group: "app", whileTyping: true, when: always, run: () => jumpPane(-1) },
  { id: "app.undo", title: "action.undo", icon: "undo", keys: "z", group: "app", when: always, run: () => void undoToast() },
  {
    id: "app.back", title: "action.available", icon: "refresh", keys: BACK_KEYS, alone: "b", group: "app", whileTyping: true,
    when: (hand) => hand.state.missedOffer !== null && hand.state.worker !== null && !hand.state.worker.activity.available,
    run: async (hand) => {
      const ready = hand.state.activities.find((activity) => activity.available);
      if (!hand.state.worker || !ready) return;
      try {
        await hand.commands.setActivity(hand.state.worker.id, ready.id);
      } catch (thrown) {
        hand.fail(thrown);
      }
    },
  },
];

// What the palette offers for what was typed: this task first, then places, then the rest, then people and words said.
import type { SearchResult } from "@seaway/api/types";
import type { IconName } from "@seaway/kit/Icon";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { sayName } from "../contact/name.ts";
import { http, ws } from "../api/http.ts";
import type { Action } from "../actions/action.ts";
import { allActions, useHand } from "../actions/use-actions.ts";
import { writeDraft, readDraft, useDraftOwner } from "../composer/drafts.ts";
import { wordsOf } from "../composer/canned.ts";
import { can } from "../session/session.tsx";
import { focusComposer } from "../shell/ui.ts";
import { isMine } from "../state/select.ts";
import { sayWhen } from "../time/format.ts";
import { sayFound } from "./found.ts";
import { scoreOf } from "./match.ts";

export interface Line { id: string; text: string; more?: string; end?: string; icon?: IconName; person?: string; channel?: string; keys?: string; run: () => void }
export interface LineGroup { id: string; title: string; lines: Line[] }

/** The server is asked from the second character on (the first in Hangul, where one is a syllable). */
function worthSearching(text: string): boolean {
  return text.length >= 2 || /\p{Script=Hangul}|\p{Script=Han}/u.test(text);
}

export function useLines(text: string): { groups: LineGroup[]; searching: boolean } {
  const hand = useHand();
  const { t, state, me, conversation, go, commands } = hand;
  const owner = useDraftOwner();
  const sought = useDeferredValue(text.trim());
  const search = useQuery({
    queryKey: ["search", sought], enabled: worthSearching(sought), placeholderData: keepPreviousData, staleTime: 10_000,
    queryFn: ({ signal }) => http.get<SearchResult>(ws(`/search?q=${encodeURIComponent(sought)}`), { signal }),
  });
  const fitting = (lines: Line[]) => lines.map((line) => ({ line, score: scoreOf(line.text, text) })).filter((s) => s.score > 0).toSorted((a, b) => b.score - a.score).map((s) => s.line);
  const lineOf = (action: Action): Line => ({ id: action.id, text: t(action.title), icon: action.icon, keys: action.keys, run: () => void action.run(hand) });
  const usable = allActions.filter((action) => !action.local && action.id !== "app.palette" && action.id !== "app.search" && action.when(hand));

  const canned: Line[] = conversation && isMine(state, conversation) && text.trim() !== ""
    ? state.cannedReplies.map((reply) => ({
        id: `canned.${reply.id}`, text: t("palette.quick", { title: reply.title }), icon: "bolt" as const, keys: `/ ${reply.shortcut}`,
        run: () => {
          const draft = readDraft(owner, conversation.id).reply;
          writeDraft(owner, conversation.id, { reply: `${draft}${draft && !draft.endsWith(" ") ? " " : ""}${wordsOf(reply, conversation, me.user.language, me.user.name)}` });
          focusComposer();
        },
      }))
    : [];
  const activities: Line[] = state.worker ? state.activities.filter((a) => a.id !== state.worker?.activity.id).map((activity) => ({
    id: `activity.${activity.id}`, icon: "clock" as const, text: t("palette.activity", { name: t(`activity.known.${activity.name.toLowerCase()}`, { defaultValue: activity.name }) }),
    run: () => void (state.worker && commands.setActivity(state.worker.id, activity.id).catch(hand.fail)),
  })) : [];
  const open: Line[] = Object.values(state.conversations).filter((c) => isMine(state, c) && c.id !== conversation?.id && text.trim() !== "").map((c) => ({ id: `open.${c.id}`, text: sayFound(t, { ...c.contact, channel: c.channel.kind }).text, person: sayName(t, c.contact.name), channel: c.channel.kind, more: c.last_message?.text, run: () => go(`/desk/${c.id}`) }));
  const mayRead = can(me, "contact.read");
  const found = worthSearching(sought) ? search.data : undefined;
  const people: Line[] = [
    ...(found?.contacts ?? []).map((c) => ({ c, said: sayFound(t, c) })).map(({ c, said }): Line => ({ id: `person.${c.person_id}`, ...said, person: said.text, channel: c.channel || undefined, run: () => go(mayRead ? `/contacts/${c.person_id}` : "/desk") })),
    ...(found?.messages ?? []).map((m): Line => ({ id: `message.${m.message_id}`, text: sayName(t, m.contact), person: sayName(t, m.contact), more: m.text, end: sayWhen(m.at, Date.now(), me.user.language), channel: m.channel, run: () => go(`/desk/${m.conversation_id}`) })),
  ];
  const groups: LineGroup[] = [
    { id: "task", title: t("palette.task"), lines: fitting([...usable.filter((a) => a.group === "task").map(lineOf), ...canned]) },
    { id: "open", title: t("palette.open"), lines: fitting(open) },
    { id: "place", title: t("palette.place"), lines: fitting(usable.filter((a) => a.group === "place").map(lineOf)) },
    { id: "app", title: t("palette.app"), lines: fitting([...activities, ...usable.filter((a) => a.group === "app" && !["app.next", "app.previous", "app.panes", "app.panes.back", "app.undo"].includes(a.id)).map(lineOf)]) },
    { id: "people", title: t("palette.people"), lines: people },
  ];
  return { groups: groups.filter((group) => group.lines.length > 0), searching: search.isFetching };
}


// What the desk asks of the server, one function a verb. The answers go through `apply` like everything else.
import type { ChannelOption, Conversation, Message, Person, Quote, Reservation, Task, Worker, Attachment } from "@seaway/api/types";
import { useMemo } from "react";
import { asRefusal, http, ws, type Refusal } from "../api/http.ts";
import { newId } from "../api/id.ts";
import type { Outgoing } from "./desk-state.ts";
import { useLive, type LiveDesk } from "./desk.tsx";

export type TransferTarget = { worker_id: string } | { queue_id: string } | { flow: true };
export interface Writing { text: string; private: boolean; attachments: Attachment[]; thread_id: string | null; reply_to?: Quote | null; template?: Outgoing["template"]; copies?: Outgoing["copies"]; cards?: Outgoing["cards"]; choices?: string[]; shared?: Outgoing["shared"] }

export function makeCommands(live: LiveDesk) {
  const task = (answer: Task) => {
    live.dispatch({ type: "task", task: answer });
    return answer;
  };
  return {
    /** The conversation that opens; throws when somebody else was faster. */
    async accept(reservation: Reservation): Promise<string | null> {
      try {
        const answer = await http.post<Reservation>(ws(`/reservations/${reservation.id}/accept`));
        const id = answer.task.conversation_id;
        if (id) await openConversation(live, id);
        live.dispatch({ type: "reservation", reservation: answer, at: Date.now() });
        return id;
      } catch (thrown) {
        const refusal = asRefusal(thrown);
        if (refusal.status === 409 || refusal.status === 410) dropOffer(live, reservation.id, refusal);
        throw refusal;
      }
    },
    async reject(reservation: Reservation): Promise<void> {
      try {
        live.dispatch({ type: "reservation", reservation: await http.post<Reservation>(ws(`/reservations/${reservation.id}/reject`)), at: Date.now() });
      } catch (thrown) {
        const refusal = asRefusal(thrown);
        if (refusal.status === 409 || refusal.status === 410) return dropOffer(live, reservation.id, refusal);
        throw refusal;
      }
    },
    /** Shown at once, sent now or when the line is back. */
    write(conversationId: string, writing: Writing): void {
      const outgoing: Outgoing = { client_id: newId(), conversation_id: conversationId, ...writing, at: Date.now(), state: "waiting", problem: null };
      live.dispatch({ type: "outgoing", outgoing });
    },
    resend(outgoing: Outgoing): void {
      live.dispatch({ type: "outgoing", outgoing: { ...outgoing, state: "waiting", problem: null } });
    },
    withdraw(outgoing: Outgoing): void {
      live.dispatch({ type: "outgoing.dropped", client_id: outgoing.client_id });
    },
    async retry(message: Message): Promise<void> {
      live.dispatch({ type: "message", message: await http.post<Message>(ws(`/messages/${message.id}/retry`)) });
    },
    /** Somebody saw at the customer that it arrived. */
    async arrived(message: Message): Promise<void> {
      live.dispatch({ type: "message", message: await http.post<Message>(ws(`/messages/${message.id}/arrived`)) });
    },
    /** The conversation goes on where `option` says; `consent` = the customer asked for it, `subject` = of a first letter. */
    async goOn(conversationId: string, option: ChannelOption, consent: boolean, subject: string): Promise<void> {
      const first = { channel_account_id: option.channel.account_id, address: option.address, consent, ...(option.takes_subject && { subject }) };
      const to = option.thread_id ? { thread_id: option.thread_id } : first;
      live.dispatch({ type: "conversation", conversation: await http.post<Conversation>(ws(`/conversations/${conversationId}/channel`), to) });
    },
    /** Puts our reaction on a message, or takes it away with null. */
    async react(message: Message, emoji: string | null): Promise<void> {
      live.dispatch({ type: "message", message: await http.put<Message>(ws(`/messages/${message.id}/reaction`), { emoji }) });
    },
    /** Other words for one's own message; where a provider has to do it, they stand beside the old ones until then. */
    async edit(message: Message, text: string): Promise<void> {
      live.dispatch({ type: "message", message: await http.patch<Message>(ws(`/messages/${message.id}`), { text }) });
    },
    async takeBack(message: Message): Promise<void> {
      live.dispatch({ type: "message", message: await http.delete<Message>(ws(`/messages/${message.id}`)) });
    },
    wrap: async (t: Task) => task(await http.post<Task>(ws(`/tasks/${t.id}/wrap`))),
    complete: async (t: Task, disposition: string, note: string, lastSeenSeq: number) =>
      task(await http.post<Task>(ws(`/tasks/${t.id}/complete`), { disposition, note, last_seen_seq: lastSeenSeq })),
    transfer: async (t: Task, target: TransferTarget, note: string) => task(await http.post<Task>(ws(`/tasks/${t.id}/transfer`), { ...target, note })),
    assign: async (t: Task, workerId: string) => task(await http.post<Task>(ws(`/tasks/${t.id}/assign`), { worker_id: workerId })),
    requeue: async (t: Task) => task(await http.post<Task>(ws(`/tasks/${t.id}/requeue`))),
    async setActivity(workerId: string, activityId: string): Promise<void> {
      live.dispatch({ type: "worker", worker: await http.post<Worker>(ws(`/workers/${workerId}/activity`), { activity_id: activityId }) });
    },
    openConversation: (id: string) => openConversation(live, id),
    setFact: (personId: string, key: string, value: string) => http.put<unknown>(ws(`/contacts/${personId}/facts/${encodeURIComponent(key)}`), { value }),
    removeFact: (personId: string, key: string) => http.delete(ws(`/contacts/${personId}/facts/${encodeURIComponent(key)}`)),
    setField: (taskId: string, key: string, value: string) => http.put<Task>(ws(`/tasks/${taskId}/fields/${encodeURIComponent(key)}`), { value }),
    removeField: (taskId: string, key: string) => http.delete(ws(`/tasks/${taskId}/fields/${encodeURIComponent(key)}`)),
    rename: (person: Person, name: string) => http.patch<Person>(ws(`/contacts/${person.id}`), { name, version: person.version }),
    join: (personId: string, other: string) => http.post<Person>(ws(`/contacts/${personId}/join`), { other_person_id: other }),
    undoJoin: (joinId: string) => http.post<Person>(ws(`/joins/${joinId}/undo`)),
  };
}

export type Commands = ReturnType<typeof makeCommands>;

async function openConversation(live: LiveDesk, id: string): Promise<void> {
  const [conversation] = await Promise.all([http.get<Conversation>(ws(`/conversations/${id}`)), live.loadLog(id)]);
  live.dispatch({ type: "conversation", conversation });
}

function dropOffer(live: LiveDesk, reservationId: string, refusal: Refusal): void {
  const winner = refusal.problem.params?.["winner"];
  live.dispatch({ type: "offer.gone", reservation_id: reservationId, wentTo: winner === undefined ? null : String(winner), at: Date.now() });
}

export function useCommands(): Commands {
  const live = useLive();
  return useMemo(() => makeCommands(live), [live]);
}

// What every part of the rules' form needs: the queues to choose from, how the text is changed, and what the server found wrong.
import type { TaskQueue } from "@seaway/api/types";
import { createContext, useContext } from "react";

export interface Fault { pointer: string; words: string }
export interface RulesContext {
  /** Null until they are read. */
  queues: readonly TaskQueue[] | null;
  /** They could not be read. */
  failed: boolean;
  edit: (change: (text: string) => string) => void;
  fault: Fault | null;
}

export const Rules = createContext<RulesContext | null>(null);

export function useRules() {
  const rules = useContext(Rules);
  if (!rules) throw new Error("outside of a workflow's form");
  const { queues, failed, edit, fault } = rules;
  return {
    queues, failed, edit,
    /** The words for one field. */
    errorOf: (pointer: string) => (fault?.pointer === pointer ? fault.words : null),
    /** What blames this or anything in it. */
    faultIn: (pointer: string) => (fault?.pointer === pointer || fault?.pointer.startsWith(`${pointer}/`) ? fault : null),
    queueName: (id: string) => queues?.find((queue) => queue.id === id)?.name ?? (queues || failed ? id : "…"),
  };
}

import type { Attachment, Conversation } from "@seaway/api/types";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { newId } from "../api/id.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { sayBytes } from "../time/format.ts";
import { checkFile, upload } from "./upload.ts";

export interface Running { id: string; name: string; part: number }
export interface Refused { id: string; name: string; why: string }

/** Files being sent up for one conversation's draft; finished ones are handed to `keep`. */
export function useUploads(conversation: Conversation, held: Attachment[], keep: (attachments: Attachment[]) => void) {
  const { t, i18n } = useTranslation();
  const [running, setRunning] = useState<Running[]>([]);
  const [refused, setRefused] = useState<Refused[]>([]);
  const aborts = useRef(new Map<string, AbortController>());
  const latest = useRef({ held, keep });
  useEffect(() => {
    latest.current = { held, keep };
  });

  function add(files: File[]): void {
    setRefused([]);
    files.forEach((file, at) => {
      const refusal = checkFile(file, held.length + running.length + at, conversation.composer);
      if (refusal) {
        const limit = refusal.code === "file_too_big" ? sayBytes(refusal.limit, i18n.language) : refusal.code === "too_many_files" ? refusal.limit : "";
        setRefused((list) => [...list, { id: newId(), name: file.name, why: t(`composer.${refusal.code}`, { limit }) }]);
        return;
      }
      void start(file);
    });
  }

  async function start(file: File): Promise<void> {
    const id = newId();
    const abort = new AbortController();
    aborts.current.set(id, abort);
    setRunning((list) => [...list, { id, name: file.name, part: 0 }]);
    try {
      const attachment = await upload(file, (part) => setRunning((list) => list.map((r) => (r.id === id ? { ...r, part } : r))), abort.signal);
      latest.current.keep([...latest.current.held, attachment]);
      latest.current.held = [...latest.current.held, attachment];
    } catch (thrown) {
      if (!abort.signal.aborted) setRefused((list) => [...list, { id, name: file.name, why: sayRefusal(t, thrown) }]);
    } finally {
      aborts.current.delete(id);
      setRunning((list) => list.filter((r) => r.id !== id));
    }
  }

  return {
    running, refused, add,
    cancel: (id: string) => {
      aborts.current.get(id)?.abort();
      setRunning((list) => list.filter((r) => r.id !== id));
    },
    dismiss: (id: string) => setRefused((list) => list.filter((r) => r.id !== id)),
    /** Whatever one does next, what was said of refused files is over. */
    dismissAll: () => setRefused((list) => (list.length === 0 ? list : [])),
  };
}

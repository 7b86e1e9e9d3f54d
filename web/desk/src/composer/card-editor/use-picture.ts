// A card's picture on its way to the server: one at a time, of a kind that every channel shows.
import type { Attachment } from "@seaway/api/types";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { sayRefusal } from "../../shell/refusal.ts";
import { sayBytes } from "../../time/format.ts";
import { upload } from "../upload.ts";

const KINDS = ["image/jpeg", "image/png"];
/** As `engine/src/turn/talk.rs` judges. */
const MOST_BYTES = 5 * 1024 * 1024;

export function usePicture(keep: (picture: Attachment) => void) {
  const { t, i18n } = useTranslation();
  const [part, setPart] = useState<number | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const abort = useRef<AbortController | null>(null);
  const latest = useRef(keep);
  useEffect(() => {
    latest.current = keep;
  });
  useEffect(() => () => abort.current?.abort(), []);

  async function start(file: File): Promise<void> {
    setRefused(null);
    if (!KINDS.includes(file.type)) return setRefused(t("card.pictureKind"));
    if (file.size > MOST_BYTES) return setRefused(t("card.pictureBig", { limit: sayBytes(MOST_BYTES, i18n.language) }));
    const own = new AbortController();
    abort.current = own;
    setPart(0);
    try {
      const picture = await upload(file, setPart, own.signal);
      if (KINDS.includes(picture.type)) latest.current(picture);
      else setRefused(t("card.pictureKind"));
    } catch (thrown) {
      if (!own.signal.aborted) setRefused(sayRefusal(t, thrown));
    } finally {
      setPart(null);
    }
  }

  return {
    part, refused,
    start: (file: File) => void start(file),
    cancel: () => {
      abort.current?.abort();
      setPart(null);
    },
  };
}

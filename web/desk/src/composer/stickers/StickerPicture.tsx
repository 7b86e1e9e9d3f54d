// A sticker as its picture; while there is none, and where it cannot be had, by its name.
import { Icon } from "@seaway/kit/Icon";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export interface StickerPictureProps { src: string; name: string; className: string; /** Its name stands beside it already. */ silent?: boolean }

export function StickerPicture({ src, name, className, silent = false }: StickerPictureProps) {
  const { t } = useTranslation();
  const [gone, setGone] = useState(false);
  const words = name || t("what.sticker");
  if (gone) return <span className={`${className} gone`} title={words}><Icon name="sticker" />{silent ? null : <span className="cut">{words}</span>}</span>;
  return <img className={className} src={src} alt={silent ? "" : words} loading="lazy" draggable={false} onError={() => setGone(true)} />;
}

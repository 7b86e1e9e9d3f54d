import type { Attachment } from "@seaway/api/types";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { sayBytes } from "../time/format.ts";
import type { Refused, Running } from "./use-uploads.ts";

/** Files that will go with the message, those still on their way, and those that cannot go with the reason. */
export function FileChips({ files, running, refused, onRemove, onCancel, onDismiss }: { files: Attachment[]; running: Running[]; refused: Refused[]; onRemove: (file: Attachment) => void; onCancel: (id: string) => void; onDismiss: (id: string) => void }) {
  const { t, i18n } = useTranslation();
  if (files.length + running.length + refused.length === 0) return null;
  return (
    <ul className="fchips" aria-label={t("composer.files")}>
      {files.map((file) => (
        <li key={file.id} className="fchip">
          {file.type.startsWith("image/") && file.thumbnail_url ? <img src={file.thumbnail_url} alt="" width={28} height={28} /> : <Icon name="clip" />}
          <span className="cut">{file.name}</span><span className="meta num">{sayBytes(file.bytes, i18n.language)}</span>
          <IconButton size="s" icon="x" label={t("composer.removeFile", { name: file.name })} onPress={() => onRemove(file)} />
        </li>
      ))}
      {running.map((file) => (
        <li key={file.id} className="fchip">
          <Icon name="upload" /><span className="cut">{file.name}</span>
          <progress max={1} value={file.part} aria-label={t("composer.uploading", { name: file.name })} />
          <IconButton size="s" icon="x" label={t("composer.cancelFile", { name: file.name })} onPress={() => onCancel(file.id)} />
        </li>
      ))}
      {refused.map((file) => (
        <li key={file.id} className="fchip bad">
          <Icon name="circle-x" /><span className="why" role="alert"><b>{file.name}</b> {file.why}</span>
          <IconButton size="s" icon="x" label={t("composer.removeFile", { name: file.name })} onPress={() => onDismiss(file.id)} />
        </li>
      ))}
    </ul>
  );
}

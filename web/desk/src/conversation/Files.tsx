// What came or went with a message: pictures as thumbnails that open large, other files as a line to fetch.
import type { Attachment } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { useTranslation } from "react-i18next";
import { changeUi } from "../shell/ui.ts";
import { sayBytes } from "../time/format.ts";
import { sayFileProblem } from "./file-problem.ts";

const LARGEST = { width: 240, height: 180 };
const STICKER = { width: 112, height: 112 };

export function Files({ files }: { files: Attachment[] }) {
  return <>{files.map((file) => <OneFile key={file.id} file={file} />)}</>;
}

function OneFile({ file }: { file: Attachment }) {
  if (file.state !== "ready" || !file.url) return <FileLine file={file} />;
  if (file.type.startsWith("image/")) return <Picture file={file} />;
  // What customers record comes without captions, and there is nobody to write them.
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  if (file.type.startsWith("audio/")) return <audio className="sound" controls preload="metadata" src={file.url} aria-label={file.name} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  if (file.type.startsWith("video/")) return <video className="film" controls preload="metadata" src={file.url} aria-label={file.name} />;
  return <FileLine file={file} />;
}

function Picture({ file }: { file: Attachment }) {
  const { t } = useTranslation();
  const most = file.sticker ? STICKER : LARGEST;
  const { width, height } = fit(file.width ?? most.width, file.height ?? most.height, most);
  return (
    <button type="button" className={`pic ${file.sticker ? "sticker" : ""}`} aria-label={t("log.openPicture", { name: file.name })} onClick={() => changeUi({ lightbox: file })}>
      <img src={file.thumbnail_url ?? file.url ?? ""} alt={file.name} width={width} height={height} loading="lazy" />
    </button>
  );
}

/** Its own proportions within the largest size, so that nothing jumps when it arrives. */
function fit(width: number, height: number, most: typeof LARGEST): { width: number; height: number } {
  const scale = Math.min(1, most.width / width, most.height / height);
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}

/** Which file of the customer's is missing, and why. */
function Failed({ file }: { file: Attachment }) {
  const { t, i18n } = useTranslation();
  return (
    <span className="file failed">
      <Icon name="circle-x" />
      <span className="why"><span className="cut">{file.name}</span><span className="meta">{sayFileProblem(file.problem, t, i18n.language)}</span></span>
    </span>
  );
}

function FileLine({ file }: { file: Attachment }) {
  const { t, i18n } = useTranslation();
  const size = sayBytes(file.bytes, i18n.language);
  if (file.state === "failed") return <Failed file={file} />;
  if (file.state !== "ready" || !file.url) {
    return <span className="file"><Icon name="clock" /><span className="cut">{file.name}</span><span className="meta">{t("log.filePending")}</span></span>;
  }
  return <a className="file" href={file.url} download={file.name} target="_blank" rel="noopener noreferrer"><Icon name="clip" /><span className="cut">{file.name}</span><span className="meta num">{size}</span></a>;
}

// The files beside the text that is being written; loaded with the first of them, because most visitors send none.
import { adopt } from "../adopt.ts";
import type { Upload } from "../outbox.ts";
import type { Problem } from "../problem.ts";
import type { State } from "../state.ts";
import { say } from "../texts.ts";
import { fill, MOST_FILES, refuseFile, upload, uploadWords } from "../uploads.ts";
import { size } from "../words.ts";
import { FILE_TEXTS } from "./file-texts.ts";
import { Icon } from "./Icon.tsx";
import RULES from "./files.css?inline";

export { FILE_TEXTS, MOST_FILES, refuseFile, upload };

adopt(RULES);

export interface Pending {
  key: string;
  name: string;
  bytes: number;
  /** 0 to 1. */
  share: number;
  upload: Upload | null;
  problem: Problem | null;
  /** What another try may bring through; null for what would be refused again. */
  again: File | null;
  stop: () => void;
}

export function Files({ files, state, onAgain, onRemove }: { files: Pending[]; state: State; onAgain: (key: string, file: File) => void; onRemove: (file: Pending) => void }) {
  const { language, limits } = state;
  const words = FILE_TEXTS[language];
  return (
    <ul class="files">
      {files.map((file) => {
        const { name, again, problem } = file;
        const going = file.upload === null && !problem;
        const percent = Math.round(file.share * 100);
        const remove = fill(words.removeFile, { name });
        return (
          <li key={file.key} class={problem ? "failed" : ""}>
            <Icon name="file" />
            <span class="name" title={name} dir="auto">
              {name}
            </span>
            <span class="size">{going ? `${percent} %` : size(language, file.bytes)}</span>
            {problem && (
              <button type="button" class="link" onClick={() => (again ? onAgain(file.key, again) : onRemove(file))}>
                {say(language, again ? "retry" : "remove")}
              </button>
            )}
            <button type="button" class="ib small" aria-label={remove} title={remove} onClick={() => onRemove(file)}>
              <Icon name="cross" />
            </button>
            {going && <progress max={1} value={file.share} aria-label={fill(words.uploading, { name, percent })} />}
            {problem && (
              <span class="why" role="alert">
                {uploadWords(language, problem, limits)}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

import type { ComponentChildren } from "preact";
import type { Language } from "../../shared/protocol.ts";
import { linkify } from "../linkify.ts";
import type { Outgoing as Item } from "../outbox.ts";
import type { State } from "../state.ts";
import { say } from "../texts.ts";
import type { Attachment, Message } from "../types.ts";
import { clock, problemWords, senderName, size } from "../words.ts";
import { Icon } from "./Icon.tsx";

export function Bubble({ message, meta, language, children }: { message: Message; meta: boolean; language: Language; children: ComponentChildren }) {
  const mine = message.from === "me";
  const time = clock(language, message.at);
  return (
    <article class={`msg${mine ? " me" : ""}`} aria-label={`${senderName(language, message)}, ${time}`}>
      {message.text !== "" && (
        <div class={`bubble${mine ? " me" : ""}`} dir="auto">
          <Linked text={message.text} />
        </div>
      )}
      {message.unsent && <div class="bubble gone">{say(language, "unsent")}</div>}
      {message.attachments.map((file) => (
        <File key={file.id} file={file} mine={mine} language={language} />
      ))}
      {children}
      {(meta || message.edited) && <p class="meta">{`${mine ? say(language, message.state) : senderName(language, message)} ${time}${message.edited ? ` ${say(language, "edited")}` : ""}`}</p>}
    </article>
  );
}

export function Outgoing({ item, meta, state, onAgain, onDrop }: { item: Item; meta: boolean; state: State; onAgain: () => void; onDrop: () => void }) {
  const { language } = state;
  return (
    <article class="msg me" aria-label={`${say(language, "you")}, ${clock(language, item.at)}`}>
      {item.text !== "" && (
        <div class={`bubble me ${item.state}`} dir="auto">
          <Linked text={item.text} />
        </div>
      )}
      {item.uploads.map((upload) => (
        <span key={upload.id} class="file me">
          <Icon name="file" />
          <span class="name">{upload.name}</span>
          <span class="size">{size(language, upload.bytes)}</span>
        </span>
      ))}
      {meta && item.state !== "failed" && (
        <p class="meta" role="status">
          {progress(item, state)}
        </p>
      )}
      {item.state === "failed" && (
        <div class="meta failed" role="alert">
          <span>{`${say(language, "notSent")}: ${item.problem ? problemWords(language, item.problem, state.limits) : ""}`}</span>
          <button type="button" class="link" onClick={onAgain}>
            {say(language, "retry")}
          </button>
          <button type="button" class="link" onClick={onDrop}>
            {say(language, "remove")}
          </button>
        </div>
      )}
    </article>
  );
}

/** Honest about why it waits: this device's network, our server, or the flood limit. */
function progress(item: Item, state: State): string {
  const { language } = state;
  const problem = item.problem;
  if (item.state === "going") return say(language, "going");
  if (problem?.status === 429) return say(language, "flood", { seconds: Math.ceil((problem.retryAfterMs ?? 10_000) / 1000) });
  if (state.net === "offline" || problem?.status === 0 || state.phase === "failed") return say(language, "waiting");
  return say(language, "soon");
}

function File({ file, mine, language }: { file: Attachment; mine: boolean; language: Language }) {
  const label = say(language, "download", { name: file.name, size: size(language, file.bytes) });
  if (file.url !== null && file.thumbnailUrl !== null) {
    const [width, height] = fit(file.width, file.height);
    return (
      <a class="pic" href={file.url} target="_blank" rel="noopener noreferrer" aria-label={label}>
        <img src={file.thumbnailUrl} alt={say(language, "photo", { name: file.name })} width={width} height={height} loading="lazy" decoding="async" />
      </a>
    );
  }
  const inside = (
    <>
      <Icon name="file" />
      <span class="name" title={file.name} dir="auto">
        {file.name}
      </span>
      <span class="size">{size(language, file.bytes)}</span>
    </>
  );
  const style = `file${mine ? " me" : ""}`;
  return file.url === null ? (
    <span class={style}>{inside}</span>
  ) : (
    <a class={style} href={file.url} target="_blank" rel="noopener noreferrer" title={label} download={file.name}>
      {inside}
    </a>
  );
}

/** The place a picture takes, known before it is loaded: nothing jumps. */
function fit(width: number | null, height: number | null): [number, number] {
  if (!width || !height) return [200, 150];
  const scale = Math.min(1, 228 / width, 200 / height);
  return [Math.max(48, Math.round(width * scale)), Math.max(48, Math.round(height * scale))];
}

function Linked({ text }: { text: string }) {
  return (
    <>
      {linkify(text).map((piece, index) =>
        piece.href === undefined ? (
          piece.text
        ) : (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc">
            {piece.text}
          </a>
        ),
      )}
    </>
  );
}

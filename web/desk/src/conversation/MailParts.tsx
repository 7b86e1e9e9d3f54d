// What a mail has beside its new words: subject, who wrote it and whether that is proven, copies, what it quotes, and its layout.
import type { Extra, Message } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Button } from "@seaway/kit/Button";
import { Icon } from "@seaway/kit/Icon";
import { toast } from "@seaway/kit/toasts";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ws } from "../api/http.ts";
import { frameOf, picturesElsewhere } from "./mail-frame.ts";
import { Said } from "./Said.tsx";
import { useStill } from "./use-still.ts";

/** Pictures of one mail that are fetched when asked. */
const MOST_PICTURES = 40;
const SENDERS = { proven: { tone: "ok", icon: "shield" }, refuted: { tone: "bad", icon: "alert" }, unknown: { tone: "warn", icon: "circle-alert" } } as const;

export function mailOf(message: Pick<Message, "extras">): Extra | undefined {
  return message.extras.find((extra) => extra.kind === "mail");
}

export function MailHead({ mail }: { mail: Extra }) {
  const { t } = useTranslation();
  const sender = mail.what === "proven" || mail.what === "refuted" ? mail.what : "unknown";
  return (
    <div className="mail-head">
      <b className="subject" dir="auto">{mail.name || t("mail.noSubject")}</b>
      <span className="row"><span title={t(`mail.why_${sender}`)}><Badge {...SENDERS[sender]}>{t(`mail.sender_${sender}`)}</Badge></span>{mail.emails.length > 0 && <span className="meta two-lines" title={mail.emails.join(", ")}>{t("mail.cc")} {mail.emails.join(", ")}</span>}</span>
    </div>
  );
}

export function MailRest({ mail, message }: { mail: Extra; message: Message }) {
  const { t } = useTranslation();
  const [quoted, setQuoted] = useState(false);
  const [laidOut, setLaidOut] = useState(false);
  const row = useRef<HTMLSpanElement>(null);
  const hold = useStill(row, `${quoted} ${laidOut}`);
  if (!mail.quoted && !mail.html) return null;
  return (
    <div className="mail-rest">
      <span className="row" ref={row}>
        {mail.quoted && <button type="button" className="link meta" aria-expanded={quoted} onClick={() => { hold(); setQuoted(!quoted); }}><Icon name={quoted ? "down" : "right"} />{t("mail.quoted")}</button>}
        {mail.html && <button type="button" className="link meta" aria-expanded={laidOut} onClick={() => { hold(); setLaidOut(!laidOut); }}><Icon name={laidOut ? "down" : "right"} />{t("mail.layout")}</button>}
      </span>
      {quoted && <div className="earlier-mail" dir="auto"><Said text={mail.quoted} /></div>}
      {laidOut && <Layout mail={mail} message={message} />}
    </div>
  );
}

/** The frame has no scripts and no origin; its links open in a window of their own. */
function Layout({ mail, message }: { mail: Extra; message: Message }) {
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<ReadonlyMap<string, string>>(new Map());
  const [busy, setBusy] = useState(false);
  const elsewhere = useMemo(() => picturesElsewhere(mail.html).slice(0, MOST_PICTURES), [mail.html]);
  const page = useMemo(() => frameOf(mail.html, mail.pictures, message.attachments, loaded), [mail, message.attachments, loaded]);
  async function load(): Promise<void> {
    setBusy(true);
    const found = await Promise.all(elsewhere.map(async (url) => [url, await pictureOf(message.id, url)] as const));
    const there = found.filter((one): one is readonly [string, string] => one[1] !== null);
    if (there.length < elsewhere.length) toast(t("mail.notAll"));
    setLoaded(new Map(there));
    setBusy(false);
  }
  return (
    <>
      {elsewhere.length > 0 && loaded.size === 0 && <div className="hold"><Icon name="eye-off" /><span>{t("mail.held")}</span><Button size="s" isDisabled={busy} onPress={() => void load()}>{t("mail.load")}</Button></div>}
      <iframe className="mail-frame" title={t("mail.frame", { subject: mail.name })} sandbox="allow-popups allow-popups-to-escape-sandbox" referrerPolicy="no-referrer" srcDoc={page} />
    </>
  );
}

/** Fetched by our server, so that its owner does not learn who reads; null where it is not to be had. */
async function pictureOf(message: string, url: string): Promise<string | null> {
  try {
    const answer = await fetch(`${ws(`/messages/${message}/picture`)}?url=${encodeURIComponent(url)}`, { credentials: "same-origin" });
    if (!answer.ok) return null;
    const bytes = await answer.blob();
    return await new Promise((resolve) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => resolve(typeof reader.result === "string" ? reader.result : null));
      reader.addEventListener("error", () => resolve(null));
      reader.readAsDataURL(bytes);
    });
  } catch {
    return null;
  }
}

/** Who else got a letter of ours. */
export function Copied({ extra }: { extra: Pick<Extra, "emails" | "others"> }) {
  const { t } = useTranslation();
  if (extra.emails.length + extra.others.length === 0) return null;
  return (
    <span className="meta copied">
      {extra.emails.length > 0 && <span>{t("mail.cc")} {extra.emails.join(", ")}</span>}
      {extra.others.length > 0 && <span>{t("mail.bcc")} {extra.others.join(", ")}</span>}
    </span>
  );
}

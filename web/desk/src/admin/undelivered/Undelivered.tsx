// What did not reach customers, newest first: why, every try to bring it there, and a way to send it again.
import type { DeliveryTry, Message, UndeliveredMessage } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Drawer } from "@seaway/kit/Drawer";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { http, ws } from "../../api/http.ts";
import { sayName } from "../../contact/name.ts";
import { channelName } from "../../conversation/channel-name.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { fullTime, shortTime } from "../../pages/shared/format.ts";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget, useOne, usePages } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { sayUndelivered } from "../../shell/refusal.ts";

export function Undelivered() {
  const { t } = useTranslation("admin");
  return <Needs permission="channel.manage" title={t("undelivered.title")}><UndeliveredSheet /></Needs>;
}

function UndeliveredSheet() {
  const { t, i18n } = useTranslation("admin");
  const { t: desk } = useTranslation();
  const list = usePages<UndeliveredMessage>("/undelivered");
  const [open, setOpen] = useState<string | null>(null);
  const chosen = list.items?.find((one) => one.message.id === open) ?? null;
  const why = (one: UndeliveredMessage) => (one.message.problem ? sayUndelivered(desk, one.message.problem) : "");
  return (
    <SettingsFrame title={t("undelivered.title")} head={<Button size="s" variant="ghost" icon="refresh" onPress={() => void list.refetch()}>{t("runs.again")}</Button>}>
      {list.error && <Failed thrown={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton label={t("loading")} />}
      {list.items?.length === 0 && <EmptyState kind="done" title={t("undelivered.none")}>{t("undelivered.noneText")}</EmptyState>}
      {list.items && list.items.length > 0 && <div className="tblwrap"><Table label={t("undelivered.title")} rows={list.items} rowId={(one) => one.message.id} rowText={(one) => sayName(desk, one.contact.name)} onOpen={(one) => setOpen(one.message.id)} columns={[
        { id: "to", title: t("undelivered.to"), cell: (one) => <span className="row"><ChannelMark kind={one.channel.kind} /><span className="strong cut">{sayName(desk, one.contact.name)}</span></span> },
        { id: "text", title: t("undelivered.message"), className: "opt", text: "wrap", cell: (one) => <span className="t2" dir="auto">{excerpt(one.message)}</span> },
        { id: "why", title: t("undelivered.why"), text: "wrap", cell: why },
        { id: "state", title: t("undelivered.state"), cell: (one) => <Badge tone={one.message.state === "failed" ? "bad" : "warn"}>{t(`undelivered.states.${one.message.state === "failed" ? "failed" : "uncertain"}`)}</Badge> },
        { id: "at", title: t("undelivered.at"), right: true, cell: (one) => shortTime(one.at, i18n.language) },
      ]} /></div>}
      {list.hasNextPage && <div className="row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
      <Drawer wide title={chosen ? t("undelivered.of", { name: sayName(desk, chosen.contact.name) }) : ""} closeLabel={t("close")} isOpen={chosen !== null} onClose={() => setOpen(null)}>
        {chosen && <Log key={chosen.message.id} one={chosen} why={why(chosen)} onSent={() => setOpen(null)} />}
      </Drawer>
    </SettingsFrame>
  );
}

function Log({ one, why, onSent }: { one: UndeliveredMessage; why: string; onSent: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const tries = useOne<{ items: DeliveryTry[] }>(`/messages/${one.message.id}/tries`);
  const parts = (tries.data?.items ?? []).some((each) => each.part > 0);
  async function again() {
    const done = await run(() => http.post<Message>(ws(`/messages/${one.message.id}/retry`)));
    if (!done) return;
    toast(t("undelivered.sentAgain"));
    await forget("/undelivered");
    onSent();
  }
  return (
    <>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <p className="small t2">{t("undelivered.about", { channel: channelName(one.channel.kind), account: one.channel.name, time: fullTime(one.message.created_at, i18n.language) })} · <Link className="link" to={`/desk/${one.conversation_id}`}>{t("undelivered.open")}</Link></p>
      <blockquote className="quoted" dir="auto">{excerpt(one.message)}</blockquote>
      <p>{why}{one.message.state === "uncertain" && ` ${t("undelivered.uncertainHelp")}`}</p>
      <h3>{t("undelivered.log")}</h3>
      {tries.error && <Failed thrown={tries.error} retry={() => void tries.refetch()} />}
      {tries.isPending && <Skeleton label={t("loading")} rows={2} />}
      {tries.data?.items.length === 0 && <p className="small t2">{t("undelivered.noTries")}</p>}
      <ol className="steps">
        {tries.data?.items.map((each) => (
          <li key={`${each.part}-${each.no}`}>
            <div className="stephead"><span className="num t3">{parts ? `${each.part + 1}.${each.no}` : each.no}</span><span style={{ overflowWrap: "anywhere" }}>{each.outcome || t("undelivered.underWay")}</span><span className="meta num">{fullTime(each.at, i18n.language)}{each.took_ms !== null && <> · {t("webhooks.took", { ms: each.took_ms })}</>}</span></div>
          </li>
        ))}
      </ol>
      <Button icon="redo" isDisabled={busy} onPress={() => void again()}>{t("undelivered.again")}</Button>
    </>
  );
}

function excerpt(message: Message): string {
  const text = message.text || message.attachments.map((file) => file.name).join(", ");
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

// What did not reach customers, newest first: why, every try to bring it there, and a way to send it again.
import type { DeliveryTry, Message, UndeliveredMessage } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button, ButtonLink } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Drawer } from "@seaway/kit/Drawer";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { sayName } from "../../contact/name.ts";
import { sayChannel } from "../../conversation/channel-name.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { fullTime, shortTime } from "../../pages/shared/format.ts";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget, useOne, usePages } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { sayUndelivered } from "../../shell/refusal.ts";
import "../shared/admin.css";

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
      {list.items && list.items.length > 0 && <div className="tblwrap undelivered"><Table label={t("undelivered.title")} rows={list.items} rowId={(one) => one.message.id} rowText={(one) => sayName(desk, one.contact.name)} onOpen={(one) => setOpen(one.message.id)} columns={[
        { id: "to", title: t("undelivered.to"), className: "to", cell: (one) => <span className="row"><ChannelMark kind={one.channel.kind} /><span className="strong cut" dir="auto" title={sayName(desk, one.contact.name)}>{sayName(desk, one.contact.name)}</span></span> },
        { id: "text", title: t("undelivered.message"), className: "opt", text: "wrap", cell: (one) => <span className="t2 two-lines" dir="auto">{said(one.message)}</span> },
        { id: "why", title: t("undelivered.why"), text: "wrap", cell: (one) => <span className="two-lines" title={why(one)}>{why(one)}</span> },
        { id: "state", title: t("undelivered.state"), className: "state", cell: (one) => <State message={one.message} /> },
        { id: "at", title: t("undelivered.at"), className: "at", right: true, cell: (one) => shortTime(one.at, i18n.language) },
      ]} /></div>}
      {list.hasNextPage && <div className="row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
      {chosen && <Tries key={chosen.message.id} one={chosen} why={why(chosen)} onClose={() => setOpen(null)} />}
    </SettingsFrame>
  );
}

function State({ message }: { message: Message }) {
  const { t } = useTranslation("admin");
  const failed = message.state === "failed";
  return <Badge tone={failed ? "bad" : "warn"}>{t(`undelivered.states.${failed ? "failed" : "uncertain"}`)}</Badge>;
}

function Tries({ one, why, onClose }: { one: UndeliveredMessage; why: string; onClose: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const { t: desk } = useTranslation();
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const tries = useOne<{ items: DeliveryTry[] }>(`/messages/${one.message.id}/tries`);
  const unsure = one.message.state !== "failed";
  const parts = (tries.data?.items ?? []).some((each) => each.part > 0);
  async function decide(verb: "retry" | "arrived") {
    const done = await run(() => http.post<Message>(ws(`/messages/${one.message.id}/${verb}`)));
    if (!done) return;
    toast(t(verb === "retry" ? "undelivered.sentAgain" : "undelivered.heardArrived"));
    await forget("/undelivered");
    onClose();
  }
  const foot = <><ButtonLink href={`/desk/${one.conversation_id}`}>{t("undelivered.open")}</ButtonLink>{unsure && <Button icon="check" isDisabled={busy} onPress={() => void decide("arrived")}>{t("undelivered.arrived")}</Button>}<Button variant="primary" icon="redo" isDisabled={busy} onPress={() => void decide("retry")}>{t("undelivered.again")}</Button></>;
  return (
    <Drawer wide title={t("undelivered.of", { name: sayName(desk, one.contact.name) })} closeLabel={t("close")} isOpen onClose={onClose} foot={foot}>
      <div className="tried" role="group" aria-label={t("undelivered.message")} tabIndex={0}>
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <p className="small t2">{t("undelivered.about", { channel: sayChannel(one.channel), account: one.channel.name, time: fullTime(one.message.created_at, i18n.language) })}</p>
        <blockquote dir="auto">{said(one.message)}</blockquote>
        <p className="row"><State message={one.message} /><span>{why}</span></p>
        {unsure && <p className="small t2">{t("undelivered.uncertainHelp")}</p>}
        <h3>{t("undelivered.log")}</h3>
        {tries.error && <Failed thrown={tries.error} retry={() => void tries.refetch()} />}
        {tries.isPending && <Skeleton label={t("loading")} rows={2} />}
        {tries.data?.items.length === 0 && <p className="small t2">{t("undelivered.noTries")}</p>}
        <ol className="steps">
          {tries.data?.items.map((each) => (
            <li key={`${each.part}-${each.no}`} className="stephead">
              <span className="num t3">{parts ? `${each.part + 1}.${each.no}` : each.no}</span><Outcome of={each} /><span className="meta num">{fullTime(each.at, i18n.language)}{each.took_ms !== null && <> · {t("webhooks.took", { ms: each.took_ms })}</>}</span>
            </li>
          ))}
        </ol>
      </div>
    </Drawer>
  );
}

/** What a try came to, in our words where they are known; else in the provider's, whose language nobody knows. */
function Outcome({ of }: { of: DeliveryTry }) {
  const { t } = useTranslation("admin");
  const { t: desk } = useTranslation();
  if (!of.outcome) return <span className="t3">{t("undelivered.underWay")}</span>;
  const words = of.outcome === "sent" ? t("undelivered.taken") : sayUndelivered(desk, { code: of.outcome, detail: of.outcome });
  return words === of.outcome ? <span lang="en" dir="auto">{words}</span> : <span>{words}</span>;
}

/** The message's text, else the names of its files. */
function said(message: Message): string {
  return message.text || message.attachments.map((file) => file.name).join(", ");
}

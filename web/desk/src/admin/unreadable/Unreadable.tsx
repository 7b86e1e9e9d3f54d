// What came in and could not be read, newest first: why, its bytes without secrets, and what to do about it.
import type { UnreadableDelivery, UnreadableDetail } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Dialog } from "@seaway/kit/Dialog";
import { Drawer } from "@seaway/kit/Drawer";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { sayChannel } from "../../conversation/channel-name.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { fullTime, shortTime } from "../../pages/shared/format.ts";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget, useOne, usePages } from "../../pages/shared/resource.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { sayBytes } from "../../time/format.ts";
import "../shared/admin.css";
import { sayWhy } from "./words.ts";

const PATH = "/unreadable";

export function Unreadable() {
  const { t } = useTranslation("admin");
  return <Needs permission="channel.manage" title={t("unreadable.title")}><UnreadableSheet /></Needs>;
}

function UnreadableSheet() {
  const { t, i18n } = useTranslation("admin");
  const list = usePages<UnreadableDelivery>(PATH);
  const [open, setOpen] = useState<string | null>(null);
  const chosen = list.items?.find((one) => one.id === open) ?? null;
  const any = (list.items?.length ?? 0) > 0;
  return (
    <SettingsFrame title={t("unreadable.title")} head={<>{any && <All />}<Button size="s" variant="ghost" icon="refresh" onPress={() => void list.refetch()}>{t("runs.again")}</Button></>}>
      {list.error && <Failed thrown={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton label={t("loading")} />}
      {list.items?.length === 0 && <EmptyState kind="done" title={t("unreadable.none")}>{t("unreadable.noneText")}</EmptyState>}
      {any && <p className="sec small t2">{t("unreadable.lead")}</p>}
      {list.items && any && <div className="tblwrap"><Table label={t("unreadable.title")} rows={list.items} rowId={(one) => one.id} rowText={(one) => one.channel.name} onOpen={(one) => setOpen(one.id)} columns={[
        { id: "channel", title: t("unreadable.channel"), cell: (one) => <span className="row"><ChannelMark kind={one.channel.kind} /><span className="strong cut">{one.channel.name}</span></span> },
        { id: "why", title: t("unreadable.why"), text: "wrap", cell: (one) => <Why one={one} short /> },
        { id: "kind", title: t("unreadable.kind"), className: "opt", cell: (one) => <Badge tone={one.kind === "event" ? "bad" : "warn"}>{t(`unreadable.kinds.${one.kind}`)}</Badge> },
        { id: "size", title: t("unreadable.size"), right: true, cell: (one) => <span className="num">{one.bytes === null ? t("unreadable.gone") : sayBytes(one.bytes, i18n.language)}</span> },
        { id: "at", title: t("unreadable.at"), right: true, cell: (one) => shortTime(one.at, i18n.language) },
      ]} /></div>}
      {list.hasNextPage && <div className="row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
      {chosen && <Detail key={chosen.id} one={chosen} onClose={() => setOpen(null)} />}
    </SettingsFrame>
  );
}

/** Our own reason in the reader's language; a connector's in English. */
function Why({ one, short = false }: { one: UnreadableDelivery; short?: boolean }) {
  const { t } = useTranslation("admin");
  const ours = sayWhy(t, one);
  return ours === null ? <span lang="en" className={short ? "anywhere two-lines" : "anywhere"}>{one.why.charAt(0).toUpperCase() + one.why.slice(1)}</span> : <span>{ours}</span>;
}

/** Everything on the list at once. */
function All() {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal, clear } = useAct();
  const [asking, setAsking] = useState(false);
  const close = () => { setAsking(false); clear(); };
  async function readAll() {
    try {
      const done = await http.post<{ read: number; left: number }>(ws(`${PATH}/read-again`));
      toast([t("unreadable.allRead", { count: done.read }), ...(done.left > 0 ? [t("unreadable.allLeft", { count: done.left })] : [])].join(", "));
    } catch (thrown) {
      toast(words(thrown));
    }
    await forget(PATH, "/channel-accounts");
  }
  async function dismissAll() {
    const done = await run(() => http.post<{ dismissed: number }>(ws(`${PATH}/dismiss`)));
    if (!done) return;
    setAsking(false);
    toast(t("unreadable.allDismissed", { count: done.dismissed }));
    await forget(PATH, "/channel-accounts");
  }
  return (
    <>
      <Button size="s" icon="redo" aria-label={t("unreadable.readAll")} onPress={() => void readAll()}><span className="word">{t("unreadable.readAll")}</span></Button>
      <Button size="s" variant="ghost" icon="check" aria-label={t("unreadable.dismissAll")} onPress={() => setAsking(true)}><span className="word">{t("unreadable.dismissAll")}</span></Button>
      <Dialog role="alertdialog" title={t("unreadable.dismissAllTitle")} closeLabel={t("close")} isOpen={asking} onClose={close}
        foot={<><Button variant="ghost" onPress={close}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void dismissAll()}>{t("unreadable.dismissAll")}</Button></>}>
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <p>{t("unreadable.dismissAllText")}</p>
      </Dialog>
    </>
  );
}

function Detail({ one, onClose }: { one: UnreadableDelivery; onClose: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const detail = useOne<UnreadableDetail>(`${PATH}/${one.id}`);
  async function order(what: "read-again" | "dismiss", told: string) {
    const done = await run(async () => { await http.post(ws(`${PATH}/${one.id}/${what}`)); return true; });
    if (!done) return;
    toast(told);
    onClose();
    await forget(PATH, "/channel-accounts");
  }
  const gone = one.bytes === null;
  const foot = (
    <>
      <Button isDisabled={busy} icon="check" onPress={() => void order("dismiss", t("unreadable.wasDismissed"))}>{t("unreadable.dismiss")}</Button>
      <Button variant="primary" icon="redo" isDisabled={busy || gone} onPress={() => void order("read-again", t(one.kind === "event" ? "unreadable.eventAgain" : "unreadable.wasRead"))}>{t("unreadable.readAgain")}</Button>
    </>
  );
  return (
    <Drawer wide title={t("unreadable.of", { name: one.channel.name })} closeLabel={t("close")} isOpen onClose={onClose} foot={foot}>
      <div className="tried">
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <p className="small t2">{t("unreadable.about", { channel: sayChannel(one.channel), time: fullTime(one.at, i18n.language) })}{one.bytes !== null && <> · <span className="num">{sayBytes(one.bytes, i18n.language)}</span></>}</p>
        <p><Why one={one} /></p>
        {detail.error && <Failed thrown={detail.error} retry={() => void detail.refetch()} />}
        {detail.isPending && <Skeleton label={t("loading")} rows={3} />}
        {gone && <p className="small t2">{t("unreadable.goneText")}</p>}
        {detail.data && detail.data.text !== null && (
          <>
            <h3>{t(one.kind === "event" ? "unreadable.event" : "unreadable.raw")}</h3>
            <p className="small t3">{t("unreadable.hidden")}{detail.data.cut && ` ${t("unreadable.cut")}`}</p>
            {(detail.data.came || detail.data.content_type) && <p className="mono small t2 anywhere">{[detail.data.came, detail.data.content_type].filter(Boolean).join(" · ")}</p>}
            <pre className="code rawbytes" dir="ltr" tabIndex={0} aria-label={t("unreadable.raw")}>{detail.data.text}</pre>
          </>
        )}
        <p className="mono small t3">{one.id}</p>
      </div>
    </Drawer>
  );
}

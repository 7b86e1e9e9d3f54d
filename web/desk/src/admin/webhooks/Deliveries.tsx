// What was sent to a webhook: each event with its tries, and a way to send it again.
import type { Webhook, WebhookAttempt, WebhookDelivery } from "@seaway/api/types";
import { Badge, type Tone } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Drawer } from "@seaway/kit/Drawer";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Segments } from "@seaway/kit/Segments";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { fullTime, shortTime } from "../../pages/shared/format.ts";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget, usePages } from "../../pages/shared/resource.ts";
import { sayEvent } from "./events.ts";

const STATES = ["all", "waiting", "delivered", "dead"] as const;
const TONES: Record<WebhookDelivery["state"], Tone> = { waiting: "warn", delivered: "ok", dead: "bad" };

export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { t, i18n } = useTranslation("admin");
  const [which, setWhich] = useState<(typeof STATES)[number]>("all");
  const [open, setOpen] = useState<string | null>(null);
  const list = usePages<WebhookDelivery>(`/webhooks/${webhook.id}/deliveries${which === "all" ? "" : `?state=${which}`}`);
  const chosen = list.items?.find((one) => one.id === open) ?? null;
  return (
    <section aria-label={t("webhooks.deliveries")}>
      <div className="barhead">
        <h3>{t("webhooks.deliveries")}</h3>
        <Segments label={t("webhooks.which")} value={which} onChange={setWhich} options={STATES.map((id) => ({ id, label: t(`webhooks.states.${id}`) }))} />
        <span className="grow" />
        <Button size="s" variant="ghost" icon="refresh" onPress={() => void list.refetch()}>{t("webhooks.again")}</Button>
      </div>
      {list.error && <Failed thrown={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton label={t("loading")} />}
      {list.items?.length === 0 && <EmptyState kind={which === "all" ? "nothing" : "noMatch"} title={t(which === "all" ? "webhooks.noDeliveries" : "webhooks.noneOfThese")}>{which === "all" && t("webhooks.noDeliveriesText")}</EmptyState>}
      {list.items && list.items.length > 0 && <div className="tblwrap"><Table label={t("webhooks.deliveries")} rows={list.items} rowId={(one) => one.id} rowText={(one) => one.event} onOpen={(one) => setOpen(one.id)} columns={[
        { id: "event", title: t("webhooks.event"), cell: (one) => <span className="strong">{sayEvent(t, one.event)} <span className="t3 num">{one.seq}</span></span> },
        { id: "state", title: t("webhooks.state"), cell: (one) => <Badge tone={TONES[one.state]}>{t(`webhooks.states.${one.state}`)}</Badge> },
        { id: "outcome", title: t("webhooks.outcomeTitle"), className: "opt", cell: (one) => <Outcome outcome={one.outcome} status={one.attempts.at(-1)?.status ?? null} /> },
        { id: "tries", title: t("webhooks.tries"), right: true, cell: (one) => one.attempts.length },
        { id: "made", title: t("webhooks.made"), right: true, cell: (one) => shortTime(one.made_at, i18n.language) },
      ]} /></div>}
      {list.hasNextPage && <div className="row" style={{ justifyContent: "center", padding: 8 }}><Button size="s" variant="ghost" onPress={() => void list.fetchNextPage()}>{t("more")}</Button></div>}
      <Drawer wide title={chosen ? sayEvent(t, chosen.event) : ""} closeLabel={t("close")} isOpen={chosen !== null} onClose={() => setOpen(null)}>{chosen && <Tries delivery={chosen} />}</Drawer>
    </section>
  );
}

function Outcome({ outcome, status }: { outcome: string; status: number | null }) {
  const { t } = useTranslation("admin");
  return <span className="t2">{outcome && t(`webhooks.outcome.${outcome}`, { defaultValue: outcome })}{outcome === "status" && status !== null && <span className="num"> {status}</span>}</span>;
}

function Tries({ delivery }: { delivery: WebhookDelivery }) {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  async function replay() {
    const done = await run(() => http.post<WebhookDelivery>(ws(`/webhook-deliveries/${delivery.id}/replay`)));
    if (!done) return;
    toast(t("webhooks.replayed"));
    await forget(`/webhooks/${delivery.webhook_id}/deliveries`);
  }
  return (
    <>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <p className="small t2">{t("webhooks.about", { seq: delivery.seq, time: fullTime(delivery.made_at, i18n.language) })}{delivery.next_at && <> · {t("webhooks.next", { time: fullTime(delivery.next_at, i18n.language) })}</>}</p>
      <p className="mono small t3">{delivery.id}</p>
      {delivery.attempts.length === 0 && <p className="small">{delivery.outcome ? <Outcome outcome={delivery.outcome} status={null} /> : t("webhooks.noTries")}</p>}
      <ol className="steps">{delivery.attempts.map((one) => <Try key={one.no} attempt={one} />)}</ol>
      {delivery.state !== "waiting" && <Button icon="redo" isDisabled={busy} onPress={() => void replay()} aria-label={t("webhooks.replayOf", { event: sayEvent(t, delivery.event), seq: delivery.seq })}>{t("webhooks.replay")}</Button>}
    </>
  );
}

function Try({ attempt }: { attempt: WebhookAttempt }) {
  const { t, i18n } = useTranslation("admin");
  return (
    <li>
      <div className="stephead"><span className="num t3">{attempt.no}</span><Outcome outcome={attempt.outcome} status={attempt.status} /><span className="meta num">{fullTime(attempt.at, i18n.language)} · {t("webhooks.took", { ms: attempt.took_ms })}</span></div>
      {attempt.answer && <p className="small t3" style={{ overflowWrap: "anywhere" }}>{attempt.answer}</p>}
    </li>
  );
}

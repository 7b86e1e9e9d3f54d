// The ways customers reach us: each channel account with its settings, and the doctor that says what is wrong.
import type { ChannelAccount, ChannelKind, FlowSummary } from "@seaway/api/types";
import { ButtonLink } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Icon } from "@seaway/kit/Icon";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll, useOne } from "../../pages/shared/resource.ts";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { ChannelForm, type Told } from "./ChannelForm.tsx";
import { sayTrouble } from "./check-words.ts";
import { ChooseKind } from "./ChooseKind.tsx";

const to = (id: string) => (id ? `${paths.channels}/${id}` : paths.channels);

export function Channels() {
  const { t } = useTranslation("admin");
  return <Needs permission="channel.manage" title={t("channels.title")}><ChannelsSheet /></Needs>;
}

function ChannelsSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const accounts = useAll<ChannelAccount>("/channel-accounts");
  const kinds = useOne<{ items: ChannelKind[] }>("/channel-kinds");
  const flows = useAll<FlowSummary>("/flows");
  const [kind, setKind] = useState<ChannelKind | null>(null);
  const [told, tell] = useState<Told>({ account: null, secrets: {} });
  return (
    <Workbench title={t("channels.title")} to={to} query={accounts} chosen={id} addLabel={t("new")} three={id !== NEW || kind !== null}
      row={(account) => ({ id: account.id, name: account.name, sub: account.enabled ? account.address : t("channels.off"), start: <ChannelMark kind={account.kind} size="md" />, end: account.problem && <Icon name="alert" size={14} label={sayTrouble(t, account.kind, account.problem)} className="warnmark" /> })}
      empty={<EmptyState kind="nothing" title={t("channels.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("channels.addFirst")}</ButtonLink>}>{t("channels.noneText")}</EmptyState>}>
      {(account) => {
        if (!kinds.data) return <section className="pane" aria-label={t("channels.title")}><Skeleton label={t("loading")} /></section>;
        const known = account ? kinds.data.items.find((one) => one.kind === account.kind) : kind;
        if (!known) return <ChooseKind kinds={kinds.data.items} choose={setKind} />;
        return <ChannelForm key={account?.id ?? `new-${known.kind}`} kind={known} account={account} flows={flows.data ?? []} to={to} another={() => setKind(null)} told={told} tell={tell} />;
      }}
    </Workbench>
  );
}

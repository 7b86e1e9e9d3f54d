// One channel account: its settings, what to copy to the provider or the shop's site, and the doctor beside it.
import type { ChannelAccount, ChannelKind, FlowSummary } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { CopyField } from "@seaway/kit/CopyField";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { sayTrouble } from "./check-words.ts";
import { Doctor } from "./Doctor.tsx";
import { SettingField } from "./SettingField.tsx";
import { defaults, missing, valueOf } from "./settings.ts";
import { WebchatSecret } from "./WebchatSecret.tsx";

type Editable = ChannelAccount & { secrets: Record<string, string> };
const NO_FLOW = "none";

export function ChannelForm({ kind, account, flows, to, another }: { kind: ChannelKind; account: ChannelAccount | null; flows: readonly FlowSummary[]; to: (id: string) => string; another: () => void }) {
  const { t } = useTranslation("admin");
  const [savedAt, setSavedAt] = useState(0);
  const form = useItemForm<Editable>({
    path: "/channel-accounts", to,
    item: account && { ...account, secrets: {} },
    blank: { kind: kind.kind, name: kind.name, address: "", enabled: true, settings: defaults(kind), secrets: {}, secrets_set: [], webhook_url: null, snippet: null, flow_id: flows.length === 1 ? (flows[0]?.id ?? null) : null, problem: null },
    body: (changed, values) => (account ? changed : { kind: kind.kind, name: values.name, settings: values.settings, secrets: values.secrets, enabled: values.enabled, flow_id: values.flow_id }),
    saved: () => setSavedAt((was) => was + 1),
  });
  const { values } = form;
  const lacking = missing(kind, values.settings, values.secrets, values.secrets_set);
  const setSecret = (key: string, value: string) => {
    const { [key]: _old, ...rest } = values.secrets;
    form.set("secrets", value ? { ...rest, [key]: value } : rest);
  };
  const errorAt = (key: string) => form.errorOf(`/settings/${key}`) ?? form.errorOf(`/secrets/${key}`) ?? (!form.dirty && account?.problem?.setting === key ? sayTrouble(t, account.problem) : null);
  const copy = { copy: t("copy"), copied: t("copied") };
  return (
    <>
      <section className="pane" aria-label={values.name}>
        <PageHead title={account?.name ?? kind.name} level={2} start={<ChannelMark kind={kind.kind} size="md" />} note={account?.address} back={account ? { href: paths.channels, label: t("back") } : undefined}>
          {!account && <Button size="s" variant="ghost" onPress={another}>{t("channels.another")}</Button>}
          {account && !account.enabled && <Badge>{t("channels.off")}</Badge>}
          {account && <RemoveForGood path="/channel-accounts" item={account} name={account.name} text={t("channels.deleteText")} back={paths.channels} />}
        </PageHead>
        {account?.problem && !form.dirty && <Banner tone="warn">{sayTrouble(t, account.problem)}</Banner>}
        <div className="scroll">
          <div className="form">
            {account && (account.webhook_url || account.snippet) && (
              <div className="f">
                {account.webhook_url && <><span className="label">{t("channels.webhook")}</span><CopyField label={t("channels.webhook")} value={account.webhook_url} words={copy} /><p className="hint">{t("channels.webhookHelp")}</p></>}
                {account.snippet && <><span className="label" style={{ marginTop: account.webhook_url ? 20 : 0 }}>{t("channels.snippet")}</span><CopyField label={t("channels.snippet")} value={account.snippet} words={copy} lines /><p className="hint">{t("channels.snippetHelp")}</p></>}
              </div>
            )}
            <Field label={t("name")} help={t("channels.nameHelp")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} />
            {kind.settings.map((setting) => (
              <SettingField key={setting.key} kind={kind.kind} setting={setting} value={valueOf(values, setting)} secret={values.secrets[setting.key] ?? ""} secretStored={values.secrets_set.includes(setting.key)} error={errorAt(setting.key)}
                onChange={(value) => form.set("settings", { ...values.settings, [setting.key]: value })} onSecret={(value) => setSecret(setting.key, value)} />
            ))}
            <Select label={t("channels.flow")} help={t("channels.flowHelp")} error={form.errorOf("/flow_id")} value={values.flow_id ?? NO_FLOW} onChange={(id) => form.set("flow_id", id === NO_FLOW ? null : id)} options={[{ id: NO_FLOW, label: t("channels.noFlow") }, ...flows.map((flow) => ({ id: flow.id, label: flow.name }))]} />
            <div className="f"><Switch isSelected={values.enabled} onChange={(enabled) => form.set("enabled", enabled)} help={t("channels.enabledHelp")}>{t("channels.enabled")}</Switch></div>
            {account?.kind === "webchat" && <WebchatSecret account={account} />}
          </div>
        </div>
        <SaveBar form={form} label={account ? undefined : t("channels.connect")} cannot={!values.name.trim() ? t("nameMissing") : lacking.length > 0 ? t("channels.toFill", { count: lacking.length }) : null} />
      </section>
      <Doctor account={account} unsaved={form.dirty} kind={kind} again={savedAt} />
    </>
  );
}

// One channel account, set up step by step: what to copy from the provider and to it, and the doctor beside it.
import type { ChannelAccount, ChannelKind, FlowSummary } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";
import { useForget } from "../../pages/shared/resource.ts";
import { HoursSelect } from "../hours/HoursSelect.tsx";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { Approved } from "./Approved.tsx";
import { sayTrouble, settingLabel } from "./check-words.ts";
import { Doctor } from "./Doctor.tsx";
import { sayDate } from "./ends.ts";
import { FirstMessage } from "./FirstMessage.tsx";
import { drawSecret, guideOf, stepsOf } from "./guide.ts";
import { SettingField } from "./SettingField.tsx";
import { defaults, missing, valueOf } from "./settings.ts";
import { StepFrame, Steps, useStepWords } from "./Steps.tsx";
import { WebchatSecret } from "./WebchatSecret.tsx";

type Editable = ChannelAccount & { secrets: Record<string, string> };
const NO_FLOW = "none";

/** What was made up here and has to be copied to the other side; outlives the first save, after which the server tells it no more. */
export interface Told { account: string | null; secrets: Record<string, string> }

interface ChannelFormProps { kind: ChannelKind; account: ChannelAccount | null; flows: readonly FlowSummary[]; to: (id: string) => string; another: () => void; told: Told; tell: (told: Told) => void }

export function ChannelForm({ kind, account, flows, to, another, told, tell }: ChannelFormProps) {
  const { t, i18n } = useTranslation("admin");
  const words = useStepWords(kind.kind);
  const guide = guideOf(kind.kind);
  const kindName = t(`channel.${kind.kind}`, { defaultValue: kind.name });
  const [savedAt, setSavedAt] = useState(0);
  const off = useRef(false);
  const forget = useForget();
  const form = useItemForm<Editable>({
    path: "/channel-accounts", to,
    item: account && { ...account, secrets: {} },
    blank: { kind: kind.kind, name: kindName, address: "", enabled: true, settings: defaults(kind), secrets: {}, secrets_set: [], webhook_url: null, snippet: null, flow_id: flows.length === 1 ? (flows[0]?.id ?? null) : null, problem: null, credential_ends_at: null, last_heard_at: null, unreadable: 0, business_hours_id: null },
    body: (changed, values) => (account ? changed : { kind: kind.kind, name: values.name, settings: values.settings, secrets: values.secrets, enabled: values.enabled && !off.current, flow_id: values.flow_id, business_hours_id: values.business_hours_id }),
    saved: (item) => {
      const made = Object.entries(values.secrets).filter(([key]) => guide.drawn?.includes(key));
      if (made.length > 0) tell({ account: item.id, secrets: Object.fromEntries(made) });
      setSavedAt((was) => was + 1);
      void forget("/business-hours");
    },
  });
  const { values } = form;
  const lacking = missing(kind, values.settings, values.secrets, values.secrets_set);
  const setSecret = (key: string, value: string) => {
    const { [key]: _old, ...rest } = values.secrets;
    form.set("secrets", value ? { ...rest, [key]: value } : rest);
  };
  const errorAt = (key: string) => form.errorOf(`/settings/${key}`) ?? form.errorOf(`/secrets/${key}`) ?? (!form.dirty && account?.problem?.setting === key ? sayTrouble(t, kind.kind, account.problem) : null);
  const field = (key: string) => {
    const setting = kind.settings.find((one) => one.key === key);
    return setting && (
      <SettingField kind={kind.kind} setting={setting} value={valueOf(values, setting)} secret={values.secrets[key] ?? ""} secretStored={values.secrets_set.includes(key)} error={errorAt(key)}
        onChange={(value) => form.set("settings", { ...values.settings, [key]: value })} onSecret={(value) => setSecret(key, value)} />
    );
  };
  const saveOff = () => {
    off.current = true;
    void form.save().finally(() => { off.current = false; });
  };
  const steps = stepsOf(kind);
  const numbered = steps.filter((step) => !step.seldom);
  const known = { ...(told.account === (account?.id ?? null) ? told.secrets : {}), ...values.secrets };
  const cannot = !values.name.trim() ? t("nameMissing") : values.enabled && lacking.length > 0 ? t("channels.toFill", { count: lacking.length }) : null;
  return (
    <>
      <section className="pane" aria-label={values.name}>
        <PageHead title={account?.name ?? kindName} level={2} start={<ChannelMark kind={kind.kind} size="md" />} note={account?.address} back={account ? { href: paths.channels, label: t("back") } : undefined}>
          {!account && <Button size="s" variant="ghost" onPress={another}>{t("channels.another")}</Button>}
          {account && !account.enabled && <Badge>{t("channels.off")}</Badge>}
          {account && <RemoveForGood path="/channel-accounts" item={account} name={account.name} text={t("channels.deleteText")} back={paths.channels} />}
        </PageHead>
        {kind.ended && <Banner tone="warn">{t("channels.ended", { date: sayDate(kind.ended, i18n.language) })}</Banner>}
        {account?.problem && !form.dirty && <Banner tone="warn">{account.problem.setting && <><span className="strong">{settingLabel(t, kind, account.problem.setting)}</span> · </>}{sayTrouble(t, kind.kind, account.problem)}</Banner>}
        <div className="scroll">
          <div className="form">
            <Field label={t("name")} help={t("channels.nameHelp")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} />
            <ol className="guide" aria-label={t("guide.steps", { name: kindName })}>
              <Steps kind={kind} account={account} steps={[...numbered, ...steps.filter((step) => step.seldom)]} field={field} lacking={lacking} known={known} draw={(key) => setSecret(key, drawSecret())} saveOff={saveOff} busy={form.busy || !values.name.trim()} edited={values} />
              <StepFrame no={numbered.length + 1} title={words("live").title} done={account?.enabled === true && !form.dirty}>
                <p className="lead">{words("live").text}</p>
                <Select label={t("channels.flow")} help={t("channels.flowHelp")} error={form.errorOf("/flow_id")} value={values.flow_id ?? NO_FLOW} onChange={(id) => form.set("flow_id", id === NO_FLOW ? null : id)} options={[{ id: NO_FLOW, label: t("channels.noFlow") }, ...flows.map((flow) => ({ id: flow.id, label: flow.name }))]} />
                <HoursSelect help={t("hours.select.channelHelp")} value={values.business_hours_id} onChange={(id) => form.set("business_hours_id", id)} error={form.errorOf("/business_hours_id")} />
                <div className="f"><Switch isSelected={values.enabled} onChange={(enabled) => form.set("enabled", enabled)} help={t("channels.enabledHelp")}>{t("channels.enabled")}</Switch></div>
              </StepFrame>
              <StepFrame no={numbered.length + 2} title={words("test").title}>
                <p className="lead">{words("test").text}</p>
                <FirstMessage account={account} />
              </StepFrame>
            </ol>
            {account && guide.templates && <Approved account={account} />}
            {account?.kind === "webchat" && <WebchatSecret account={account} />}
          </div>
        </div>
        <SaveBar form={form} label={account ? undefined : t("channels.connect")} cannot={cannot} />
      </section>
      <Doctor account={account} unsaved={form.dirty} kind={kind} again={savedAt} />
    </>
  );
}

// One webhook: where it goes, what it hears of, how its address is doing, and what was sent there.
import type { EventName, Webhook } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Checkbox } from "@seaway/kit/Checkbox";
import { Field } from "@seaway/kit/Field";
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";
import { shortTime } from "../../pages/shared/format.ts";
import { SettingsFrame } from "../../pages/shared/SettingsFrame.tsx";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { Deliveries } from "./Deliveries.tsx";
import { EVENTS, sayEvent } from "./events.ts";
import { RotateSecret } from "./Secret.tsx";

export const toWebhook = (id: string) => (id ? `${paths.webhooks}/${id}` : paths.webhooks);

const BLANK = { name: "", url: "", events: [...EVENTS], enabled: true, problem: null, failures: 0, failing_since: null, paused_until: null, created_at: "" };

export function WebhookForm({ webhook, saved }: { webhook: Webhook | null; saved: (webhook: Webhook) => void }) {
  const { t } = useTranslation("admin");
  const form = useItemForm<Webhook>({
    path: "/webhooks", item: webhook, to: toWebhook, blank: BLANK, saved,
    body: (changed, { name, url, events, enabled }) => (webhook ? changed : { name, url, events, enabled }),
  });
  const { values } = form;
  const cannot = !values.name.trim() ? t("nameMissing") : !values.url.trim() ? t("webhooks.urlMissing") : values.events.length === 0 ? t("webhooks.nothing") : null;
  const tick = (event: EventName, on: boolean) => form.set("events", EVENTS.filter((one) => (one === event ? on : values.events.includes(one))));
  const head = webhook && <RemoveForGood path="/webhooks" item={webhook} name={webhook.name} text={t("webhooks.deleteText")} back={paths.webhooks} />;
  return (
    <SettingsFrame title={webhook?.name ?? t("webhooks.new")} back={{ href: paths.webhooks, label: t("webhooks.title") }} head={head} foot={<SaveBar form={form} cannot={cannot} />}>
      {webhook && <Health webhook={webhook} />}
      <div className="form">
        <section>
          <Field label={t("name")} help={t("webhooks.nameHelp")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoFocus={!webhook} />
          <Field label={t("webhooks.url")} help={t("webhooks.urlHelp")} type="url" mono value={values.url} onChange={(url) => form.set("url", url.trim())} error={form.errorOf("/url")} />
          <div className="f"><Switch isSelected={values.enabled} onChange={(on) => form.set("enabled", on)} help={t("webhooks.enabledHelp")}>{t("webhooks.enabled")}</Switch></div>
        </section>
        <section>
          <h3>{t("webhooks.events")}</h3>
          <div className="boxes" role="group" aria-label={t("webhooks.events")}>
            <Checkbox isSelected={values.events.length === EVENTS.length} isIndeterminate={values.events.length > 0 && values.events.length < EVENTS.length} onChange={(on) => form.set("events", on ? [...EVENTS] : [])}>{t("webhooks.all")}</Checkbox>
            {EVENTS.map((event) => <Checkbox key={event} isSelected={values.events.includes(event)} onChange={(on) => tick(event, on)} help={<span className="mono">{event}</span>}>{sayEvent(t, event)}</Checkbox>)}
          </div>
        </section>
        {webhook && <RotateSecret webhook={webhook} />}
      </div>
      {webhook && <Deliveries webhook={webhook} />}
    </SettingsFrame>
  );
}

function Health({ webhook }: { webhook: Webhook }) {
  const { t, i18n } = useTranslation("admin");
  if (webhook.problem) return <Banner tone="bad">{t("webhooks.wasOff", { why: t(`webhooks.off.${webhook.problem}`) })}</Banner>;
  if (webhook.enabled && webhook.paused_until) return <Banner>{t("webhooks.paused", { count: webhook.failures, time: shortTime(webhook.paused_until, i18n.language) })}</Banner>;
  return null;
}

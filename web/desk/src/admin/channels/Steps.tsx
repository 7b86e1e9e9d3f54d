// The guided part of a channel's form: numbered steps of what to copy from where, with the fields and what to copy back where they are needed.
import type { ChannelAccount, ChannelKind } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { CopyField } from "@seaway/kit/CopyField";
import { Icon } from "@seaway/kit/Icon";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ChatPreview } from "./ChatPreview.tsx";
import { guideOf, type Step } from "./guide.ts";
import { settingId } from "./SettingField.tsx";
import { Sightings } from "./Sightings.tsx";

export interface StepFrameProps { no: number; title: string; done?: boolean; children: ReactNode }

export function StepFrame({ no, title, done, children }: StepFrameProps) {
  const { t } = useTranslation("admin");
  return (
    <li className={done ? "done" : undefined}>
      <span className="n" aria-hidden>{done ? <Icon name="check" /> : no}</span>
      <section>
        <h3>{title}{done && <span className="sr"> {t("guide.done")}</span>}</h3>
        {children}
      </section>
    </li>
  );
}

/** Title and text of a step, in the channel's own words where it has some. */
export function useStepWords(kind: string): (step: string) => { title: string; text: string } {
  const { t } = useTranslation("admin");
  return (step) => ({ title: t([`guide.${kind}.${step}.title`, `guide.any.${step}.title`]), text: t([`guide.${kind}.${step}.text`, `guide.any.${step}.text`]) });
}

interface StepsProps {
  kind: ChannelKind;
  account: ChannelAccount | null;
  steps: readonly Step[];
  field: (key: string) => ReactNode;
  lacking: readonly string[];
  /** Secrets known in this browser because they were typed here. */
  known: Record<string, string>;
  draw: (key: string) => void;
  saveOff: () => void;
  busy: boolean;
  /** As it stands in the form. */
  edited: Pick<ChannelAccount, "name" | "settings">;
}

export function Steps({ kind, account, steps, field, lacking, known, draw, saveOff, busy, edited }: StepsProps) {
  const words = useStepWords(kind.kind);
  const { t } = useTranslation("admin");
  const guide = guideOf(kind.kind);
  const copy = { copy: t("copy"), copied: t("copied") };
  return steps.map((step, at) => {
    const { title, text } = words(step.name);
    const wrong = account?.problem?.setting;
    // What is done at the provider is done when something came from there.
    const proven = step.settings.length > 0 || !step.webhook || Boolean(account?.last_heard_at);
    const done = account !== null && proven && !step.settings.some((key) => lacking.includes(key) || key === wrong) && !(step.webhook && wrong === "webhook_url");
    const made = step.settings.filter((key) => guide.drawn?.includes(key));
    const body = (
      <>
        <p className="lead">{text} {at === 0 && guide.console && <a className="link" href={guide.console} target="_blank" rel="noreferrer">{t("guide.console")} <Icon name="external" /></a>}</p>
        {step.webhook && !account && (
          <div className="later"><p>{t("guide.addressLater")}</p><Button size="s" isDisabled={busy} onPress={saveOff}>{t("guide.saveOff")}</Button></div>
        )}
        {step.webhook && account?.webhook_url && (
          <div className="f" id={settingId("webhook_url")}><span className="label">{t("channels.webhook")}</span><CopyField label={t("channels.webhook")} value={account.webhook_url} words={copy} /></div>
        )}
        {step.snippet && account?.snippet && <><div className="f"><CopyField label={t("channels.snippet")} value={account.snippet} words={copy} lines /></div><Sightings account={account} /></>}
        {step.settings.map((key) => (
          <div key={key} className="asked">
            {field(key)}
            {made.includes(key) && <Made value={known[key]} stored={account?.secrets_set.includes(key) ?? false} label={t(`setting.${kind.kind}.${key}.label`)} draw={() => draw(key)} />}
          </div>
        ))}
        {step.preview && kind.preview_url && <ChatPreview kind={kind} account={edited} url={kind.preview_url} />}
      </>
    );
    if (step.seldom) return <li key={step.name} className="seldom"><span /><details><summary><span className="strong">{title}</span></summary>{body}</details></li>;
    return <StepFrame key={step.name} no={at + 1} title={title} done={done}>{body}</StepFrame>;
  });
}

/** A secret that is ours to make up, and that the other side has to be told. */
function Made({ value, stored, label, draw }: { value: string | undefined; stored: boolean; label: string; draw: () => void }) {
  const { t } = useTranslation("admin");
  if (!value) return <Button size="s" icon="key" onPress={draw}>{t(stored ? "guide.drawNew" : "guide.draw")}</Button>;
  return <><CopyField label={label} name={label} value={value} words={{ copy: t("copy"), copied: t("copied") }} /><p className="hint">{t("guide.drawn")}</p></>;
}

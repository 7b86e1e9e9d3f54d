// Going on with the conversation on another of the customer's channels: where they can be reached, and what each way asks first.
import type { ChannelOption, Conversation } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Checkbox } from "@seaway/kit/Checkbox";
import { Dialog } from "@seaway/kit/Dialog";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { Skeleton } from "@seaway/kit/Skeleton";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../api/http.ts";
import { comesBackByText } from "../contact/consent-words.ts";
import { sayName } from "../contact/name.ts";
import { sayChannel } from "../conversation/channel-name.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { useNow } from "../time/use-now.ts";

export function ChannelOptions({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const commands = useCommands();
  const now = useNow(15_000);
  const [options, setOptions] = useState<ChannelOption[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const [agreed, setAgreed] = useState(false);
  const [subject, setSubject] = useState("");
  const [going, setGoing] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);

  useEffect(() => {
    let ended = false;
    http.get<{ items: ChannelOption[] }>(ws(`/conversations/${conversation.id}/channels`)).then(({ items }) => !ended && setOptions(items), () => !ended && setFailed(true));
    return () => {
      ended = true;
    };
  }, [conversation.id]);

  const option = options?.find((one) => keyOf(one) === chosen) ?? null;
  const name = sayName(t, conversation.contact.name);
  async function go(): Promise<void> {
    if (!option) return;
    setGoing(true);
    setRefused(null);
    try {
      await commands.goOn(conversation.id, option, agreed, subject);
      onClose();
    } catch (thrown) {
      setRefused(sayRefusal(t, thrown));
      setGoing(false);
    }
  }
  const none = options !== null && options.length < 2;
  return (
    <Dialog title={t("onward.title")} closeLabel={t("word.close")} isOpen onClose={onClose}
      foot={none ? <Button onPress={onClose}>{t("word.close")}</Button> : <><Button variant="ghost" onPress={onClose}>{t("word.cancel")}</Button><Button variant="primary" isDisabled={!option || going || (option.asks_consent && !agreed)} onPress={() => void go()}>{option ? t("onward.go", { channel: sayChannel(option.channel) }) : t("onward.goOn")}</Button></>}>
      {!none && <p className="t2 onward-why">{t("onward.why")}</p>}
      {failed && <Banner tone="bad" round>{t("onward.failed")}</Banner>}
      {!options && !failed && <Skeleton label={t("word.loading")} rows={3} />}
      {none && <EmptyState kind="nothing" title={t("onward.none", { name })}>{t("onward.noneWhy")}</EmptyState>}
      {options && options.length > 1 && (
        <div className="onward" role="radiogroup" aria-label={t("onward.title")}>
          {options.map((one) => (
            <label key={keyOf(one)} className="onward-way" aria-disabled={one.current || one.refused !== null}>
              <input type="radio" name="onward" checked={chosen === keyOf(one)} disabled={one.current || one.refused !== null} onChange={() => { setChosen(keyOf(one)); setAgreed(false); setRefused(null); }} />
              <ChannelMark kind={one.channel.kind} size="md" name="" />
              <span className="grow">
                <span className="cut strong" title={one.address}>{sayChannel(one.channel)}{one.address && <span className="t2 num"> {one.address}</span>}</span>
                <span className="small t2">{says(t, one, now)}</span>
              </span>
              {one.current ? <Badge tone="acc">{t("onward.here")}</Badge> : one.claimed && <Badge tone="warn" icon="alert">{t("onward.unproven")}</Badge>}
            </label>
          ))}
        </div>
      )}
      {option?.takes_subject && <Field label={t("onward.subject")} value={subject} onChange={setSubject} maxLength={200} help={t("onward.subjectHelp", { account: option.channel.name })} />}
      {option?.asks_consent && <Checkbox isSelected={agreed} onChange={setAgreed} help={option.claimed ? t("onward.claimedHelp") : t("onward.consentHelp")}>{t("onward.consent", { name })}</Checkbox>}
      {refused && <Banner tone="bad" round>{refused}</Banner>}
    </Dialog>
  );
}

function says(t: TFunction, option: ChannelOption, now: number): string {
  const by = t("onward.by", { account: option.channel.name });
  if (option.refused === "opted_out") return t(comesBackByText(option.channel.kind) ? "onward.optedOutStart" : "onward.optedOut");
  if (option.refused === "held_there") return option.held_by ? t("onward.heldBy", { name: option.held_by }) : t("onward.held");
  const closed = option.reply_until !== null && Date.parse(option.reply_until) <= now;
  if (closed) return `${by} · ${t(option.templates ? "onward.templates" : "onward.closed")}`;
  return option.thread_id === null ? `${by} · ${t("onward.first")}` : by;
}

function keyOf(option: ChannelOption): string {
  return option.thread_id ?? `${option.channel.account_id}\n${option.address}`;
}

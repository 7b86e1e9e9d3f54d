// Approved texts of the channel account: choose one, fill its gaps, see what the customer will read.
import type { Conversation, Template } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { Select } from "@seaway/kit/Select";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../api/http.ts";
import { filledIn } from "./template.ts";

export function Templates({ conversation, onClose, onSend }: { conversation: Conversation; onClose: () => void; onSend: (template: Template, values: string[], text: string) => void }) {
  const { t } = useTranslation();
  const [templates, setTemplates] = useState<Template[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const [values, setValues] = useState<string[]>([]);
  const account = conversation.channel.account_id;

  useEffect(() => {
    let ended = false;
    http.get<{ items: Template[] }>(ws(`/channel-accounts/${account}/templates`)).then(({ items }) => !ended && setTemplates(items.filter((one) => one.approved)), () => !ended && setFailed(true));
    return () => {
      ended = true;
    };
  }, [account]);

  const template = templates?.find((one) => keyOf(one) === chosen) ?? null;
  const twice = (one: Template) => templates?.some((other) => other !== one && other.name === one.name);
  const text = template ? filledIn(template, values) : "";
  const ready = template !== null && template.gaps.every((_, at) => (values[at] ?? "").trim() !== "");
  const choose = (key: string) => {
    const next = templates?.find((one) => keyOf(one) === key);
    setChosen(key);
    setValues(next ? next.gaps.map((_, at) => (at === 0 ? conversation.contact.name : "")) : []);
  };
  return (
    <Dialog title={t("template.title")} closeLabel={t("word.close")} isOpen onClose={onClose}
      foot={<><Button variant="ghost" onPress={onClose}>{t("word.cancel")}</Button><Button variant="primary" isDisabled={!ready} onPress={() => template && onSend(template, template.gaps.map((_, at) => (values[at] ?? "").trim()), text)}>{t("composer.send")}</Button></>}>
      {failed && <p className="t2">{t("template.failed")}</p>}
      {!templates && !failed && <Skeleton label={t("word.loading")} rows={3} />}
      {templates?.length === 0 && <EmptyState kind="nothing" title={t("template.none")}>{t("template.noneWhy")}</EmptyState>}
      {templates && templates.length > 0 && (
        <div className="template">
          <Select label={t("template.choose")} placeholder={t("template.choose")} value={chosen} onChange={choose} options={templates.map((one) => ({ id: keyOf(one), label: twice(one) ? `${one.name} (${one.language})` : one.name, description: `${one.language} · ${one.category.toLowerCase()}` }))} />
          {template?.gaps.map((gap, at) => <Field key={`${chosen}-${gap}`} label={t("template.gap", { gap })} value={values[at] ?? ""} onChange={(value) => setValues(template.gaps.map((_, n) => (n === at ? value : (values[n] ?? ""))))} />)}
          {template && <div className="msg out preview"><div className="bub" dir="auto">{text.split(/(\{\{.*?\}\})/).map((piece, at) => (at % 2 === 1 ? <mark key={at}>{piece.slice(2, -2)}</mark> : piece))}</div></div>}
        </div>
      )}
    </Dialog>
  );
}

function keyOf(template: Template): string {
  return `${template.name}\n${template.language}`;
}

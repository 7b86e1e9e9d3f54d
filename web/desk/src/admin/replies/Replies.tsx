// Quick replies: what agents send often, by a short name, in each language.
import type { CannedReply } from "@seaway/api/types";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { KeyCap } from "@seaway/kit/KeyCap";
import { PageHead } from "@seaway/kit/PageHead";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll } from "../../pages/shared/resource.ts";
import { inLanguage } from "../answers/in-language.ts";
import { TextRows } from "../shared/LanguageRows.tsx";
import { RemoveWithUndo } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { useItemForm } from "../shared/item-form.ts";

const to = (id: string) => (id ? `${paths.replies}/${id}` : paths.replies);

export function Replies() {
  const { t } = useTranslation("admin");
  return <Needs permission="answer.manage" title={t("replies.title")}><RepliesSheet /></Needs>;
}

function RepliesSheet() {
  const { t, i18n } = useTranslation("admin");
  const { id } = useParams();
  const replies = useAll<CannedReply>("/canned-replies");
  return (
    <Workbench title={t("replies.title")} to={to} query={replies} chosen={id} addLabel={t("new")}
      row={(reply) => ({ id: reply.id, name: reply.title, sub: inLanguage(reply.texts, i18n.language), end: <KeyCap keys={["/", reply.shortcut]} /> })}
      empty={<EmptyState kind="nothing" title={t("replies.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("replies.addFirst")}</ButtonLink>}>{t("replies.noneText")}</EmptyState>}>
      {(reply) => <ReplyForm key={reply?.id ?? NEW} reply={reply} />}
    </Workbench>
  );
}

function ReplyForm({ reply }: { reply: CannedReply | null }) {
  const { t } = useTranslation("admin");
  const form = useItemForm<CannedReply>({ path: "/canned-replies", item: reply, to, blank: { shortcut: "", title: "", texts: {} } });
  const { values } = form;
  return (
    <section className="pane" aria-label={reply?.title ?? t("replies.new")}>
      <PageHead title={reply?.title ?? t("replies.new")} level={2} back={{ href: paths.replies, label: t("back") }}>
        {reply && <RemoveWithUndo path="/canned-replies" item={reply} name={reply.title} back={paths.replies} again={{ shortcut: reply.shortcut, title: reply.title, texts: reply.texts }} />}
      </PageHead>
      <div className="scroll"><div className="form">
        <Field label={t("replies.name")} value={values.title} onChange={(title) => form.set("title", title)} error={form.errorOf("/title")} autoFocus={!reply} />
        <Field label={t("replies.shortcut")} help={t("replies.shortcutHelp")} mono start={<span className="t3">/</span>} value={values.shortcut} onChange={(shortcut) => form.set("shortcut", shortcut.replace(/[\s/]/g, ""))} error={form.errorOf("/shortcut")} />
        <TextRows label={t("replies.text")} texts={values.texts} onChange={(texts) => form.set("texts", texts)} rows={4} errorOf={(tag) => form.errorOf(`/texts/${tag}`)} />
        <p className="hint">{t("replies.textHelp")}</p>
      </div></div>
      <SaveBar form={form} cannot={!values.title.trim() || !values.shortcut || Object.keys(values.texts).length === 0 ? t("replies.toFill") : null} />
    </section>
  );
}

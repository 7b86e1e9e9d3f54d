// One question in the words customers use, and its answer, per language.
import type { BotQuestion } from "@seaway/api/types";
import { PageHead } from "@seaway/kit/PageHead";
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";
import { ListRows, TextRows } from "../shared/LanguageRows.tsx";
import { RemoveWithUndo } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { toQuestion } from "./Answers.tsx";
import { inLanguage } from "./in-language.ts";

export function QuestionForm({ question }: { question: BotQuestion | null }) {
  const { t, i18n } = useTranslation("admin");
  const form = useItemForm<BotQuestion>({ path: "/bot/questions", item: question, to: toQuestion, blank: { questions: {}, answers: {}, enabled: true } });
  const { values } = form;
  const title = question ? (inLanguage(question.questions, i18n.language)?.[0] ?? t("answers.untitled")) : t("answers.newQuestion");
  const unanswered = Object.keys(values.questions).some((tag) => !values.answers[tag]);
  return (
    <section className="pane" aria-label={title}>
      <PageHead title={title} level={2} back={{ href: toQuestion(""), label: t("back") }}>
        {question && <RemoveWithUndo path="/bot/questions" item={question} name={title} back={toQuestion("")} again={{ questions: question.questions, answers: question.answers, enabled: question.enabled }} />}
      </PageHead>
      <div className="scroll"><div className="form">
        <ListRows label={t("answers.ways")} lists={values.questions} onChange={(questions) => form.set("questions", questions)} errorOf={(tag) => form.errorOf(`/questions/${tag}`)} />
        <TextRows label={t("answers.answer")} texts={values.answers} rows={3} onChange={(answers) => form.set("answers", answers)} errorOf={(tag) => form.errorOf(`/answers/${tag}`)} />
        <p className="hint" style={{ marginTop: -12, marginBottom: 20 }}>{t("answers.answerHelp", { example: "{{facts.order}}" })}</p>
        <div className="f"><Switch isSelected={values.enabled} onChange={(enabled) => form.set("enabled", enabled)}>{t("answers.enabled")}</Switch></div>
      </div></div>
      <SaveBar form={form} cannot={Object.keys(values.questions).length === 0 ? t("answers.askFirst") : unanswered ? t("answers.answerMissing") : null} />
    </section>
  );
}

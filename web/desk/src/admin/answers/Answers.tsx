// What the bot knows: questions with their answers, facts it listens for, and a place to try it.
import type { BotFact, BotQuestion } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { useTranslation } from "react-i18next";
import { NavLink, useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll } from "../../pages/shared/resource.ts";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { FactForm } from "./FactForm.tsx";
import { inLanguage } from "./in-language.ts";
import { QuestionForm } from "./QuestionForm.tsx";
import { TryIt } from "./TryIt.tsx";

const base = { questions: `${paths.answers}/questions`, facts: `${paths.answers}/facts` };
export const toQuestion = (id: string) => (id ? `${base.questions}/${id}` : base.questions);
export const toFact = (id: string) => (id ? `${base.facts}/${id}` : base.facts);

export function Answers() {
  const { t } = useTranslation("admin");
  const { kind } = useParams();
  return <Needs permission="bot.manage" title={t("answers.title")}>{kind === "facts" ? <Facts /> : <Questions />}</Needs>;
}

function Kinds() {
  const { t } = useTranslation("admin");
  const { kind = "questions" } = useParams();
  return (
    <div className="subnav"><div className="seg">
      <NavLink to={base.questions} aria-current={kind === "questions" ? "page" : undefined}>{t("answers.questions")}</NavLink>
      <NavLink to={base.facts}>{t("answers.facts")}</NavLink>
    </div></div>
  );
}

function Questions() {
  const { t, i18n } = useTranslation("admin");
  const { id } = useParams();
  const questions = useAll<BotQuestion>("/bot/questions");
  return (
    <Workbench title={t("answers.title")} to={toQuestion} query={questions} chosen={id} addLabel={t("new")} above={<Kinds />} three
      row={(question) => ({ id: question.id, name: inLanguage(question.questions, i18n.language)?.[0] ?? t("answers.untitled"), sub: inLanguage(question.answers, i18n.language), end: !question.enabled && <Badge>{t("answers.off")}</Badge> })}
      empty={<EmptyState kind="nothing" title={t("answers.noQuestions")} actions={<ButtonLink size="s" icon="plus" href={toQuestion(NEW)}>{t("answers.addQuestion")}</ButtonLink>}>{t("answers.noQuestionsText")}</EmptyState>}>
      {(question) => <><QuestionForm key={question?.id ?? NEW} question={question} /><TryIt /></>}
    </Workbench>
  );
}

function Facts() {
  const { t, i18n } = useTranslation("admin");
  const { id } = useParams();
  const facts = useAll<BotFact>("/bot/facts");
  return (
    <Workbench title={t("answers.title")} to={toFact} query={facts} chosen={id} addLabel={t("new")} above={<Kinds />} three
      row={(fact) => ({ id: fact.id, name: inLanguage(fact.labels, i18n.language) ?? fact.key, sub: (inLanguage(fact.cues, i18n.language) ?? []).join(", "), end: !fact.enabled && <Badge>{t("answers.off")}</Badge> })}
      empty={<EmptyState kind="nothing" title={t("answers.noFacts")} actions={<ButtonLink size="s" icon="plus" href={toFact(NEW)}>{t("answers.addFact")}</ButtonLink>}>{t("answers.noFactsText")}</EmptyState>}>
      {(fact) => <><FactForm key={fact?.id ?? NEW} fact={fact} /><TryIt /></>}
    </Workbench>
  );
}

// Ask the bot as a customer would, with what is saved now.
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { Segments } from "@seaway/kit/Segments";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { LANGUAGES } from "../../i18n/setup.ts";
import { languageName } from "../../pages/shared/languages.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct } from "../../pages/shared/resource.ts";

interface Reply { answer?: string | null; score: number; matched?: string | null; facts: { key: string; value: string }[] }
interface Turn { no: number; asked: string; reply: Reply }

export function TryIt() {
  const { t, i18n } = useTranslation("admin");
  const words = useProblemWords();
  const { run, busy, refusal } = useAct();
  const [language, setLanguage] = useState<string>(() => LANGUAGES.find((one) => one === i18n.language) ?? "en");
  const [text, setText] = useState("");
  const [turns, setTurns] = useState<Turn[]>([]);
  async function ask() {
    const asked = text.trim();
    if (!asked) return;
    const reply = await run(() => http.post<Reply>(ws("/bot/try"), { text: asked, language }));
    if (!reply) return;
    setTurns((was) => [{ no: was.length, asked, reply }, ...was]);
    setText("");
  }
  return (
    <aside className="pane" aria-label={t("try.title")}>
      <PageHead title={t("try.title")} level={2} start={<Icon name="bot" />} />
      <form className="trybox" onSubmit={(event) => { event.preventDefault(); void ask(); }}>
        <div className="f"><Segments label={t("try.language")} value={language} onChange={setLanguage} options={LANGUAGES.map((id) => ({ id: id as string, label: languageName(id) }))} /></div>
        <div className="addline"><Field label={t("try.ask")} hideLabel placeholder={t("try.ask")} value={text} onChange={setText} /><Button type="submit" isDisabled={busy || !text.trim()}>{t("try.do")}</Button></div>
        {refusal && <p className="fix"><Icon name="circle-alert" />{words(refusal)}</p>}
      </form>
      <div className="scroll" role="log" aria-label={t("try.title")}>
        {turns.length === 0 && <Banner tone="acc" icon="bot">{t("try.hint")}</Banner>}
        {turns.map(({ no, asked, reply }) => (
          <div key={no} className="tryline">
            <span className="said" lang={language}>{asked}</span>
            {reply.answer ? <span className="said us" lang={language}>{reply.answer}</span> : <span className="t2 right">{t("try.noAnswer")}</span>}
            <span className="meta row" style={{ flexWrap: "wrap" }}>{t("try.score", { score: Math.round(reply.score * 100) })}{reply.matched && <span>· {reply.matched}</span>}{reply.facts.map((fact) => <Badge key={fact.key} tone="ok" icon="check">{fact.key}: {fact.value}</Badge>)}</span>
          </div>
        ))}
      </div>
    </aside>
  );
}

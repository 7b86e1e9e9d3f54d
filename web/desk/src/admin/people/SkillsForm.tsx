// Skills, languages and department of an agent: a form over the JSON text, which can also be edited as it is.
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { IconButton } from "@seaway/kit/IconButton";
import { Segments } from "@seaway/kit/Segments";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { JsonEditor, ProblemList, type EditorHandle } from "../shared/JsonEditor.tsx";
import { pretty } from "../shared/json-map.ts";
import { readSkills, writeSkills } from "./skills.ts";
import { useRef } from "react";

export function SkillsForm({ text, onChange, error }: { text: string; onChange: (text: string) => void; error: string | null }) {
  const { t, i18n } = useTranslation("admin");
  const [view, setView] = useState<"form" | "raw">("form");
  const editor = useRef<EditorHandle>(null);
  const skills = readSkills(text);
  const languageWord = (tag: string) => { try { return new Intl.DisplayNames([i18n.language], { type: "language" }).of(tag) ?? tag; } catch { return tag; } };
  return (
    <section>
      <div className="row"><h3 className="grow">{t("skills.title")}</h3><span style={{ marginTop: 20 }}><Segments label={t("skills.view")} value={view} onChange={setView} options={[{ id: "form", label: t("skills.form") }, { id: "raw", label: t("skills.raw") }]} /></span></div>
      <p className="lead">{t("skills.help")}</p>
      {error && <Banner tone="bad" round>{error}</Banner>}
      {view === "raw" && (
        <div className="f">
          <JsonEditor handle={editor} label={t("skills.raw")} value={text} onChange={onChange} rows={10} />
          <ProblemList text={text} problems={[]} onGo={(line) => editor.current?.goTo(line)} />
          <div className="row" style={{ marginTop: 8 }}><Button size="s" variant="ghost" isDisabled={pretty(text) === null} onPress={() => onChange(pretty(text) ?? text)}>{t("json.tidy")}</Button><span className="meta grow right num">{t("skills.signs", { count: text.length, max: 4096 })}</span></div>
        </div>
      )}
      {view === "form" && !skills && <Banner tone="warn" round action={<Button size="s" onPress={() => setView("raw")}>{t("skills.raw")}</Button>}>{t("skills.unreadable")}</Banner>}
      {view === "form" && skills && (
        <>
          <div className="f">
            <span className="label">{t("skills.skills")}</span>
            <div className="chiprow">
              {skills.skills.map((skill) => (
                <span key={skill.name} className="chip">{skill.name}
                  <span className="levels"><input type="number" min={0} max={100} aria-label={t("skills.levelOf", { skill: skill.name })} placeholder="–" value={skill.level ?? ""} onChange={(event) => onChange(writeSkills(text, { skills: skills.skills.map((one) => (one.name === skill.name ? { ...one, level: event.target.value === "" ? null : Number(event.target.value) } : one)) }))} /></span>
                  <IconButton size="s" icon="x" label={t("removeNamed", { name: skill.name })} onPress={() => onChange(writeSkills(text, { skills: skills.skills.filter((one) => one.name !== skill.name) }))} />
                </span>
              ))}
            </div>
            <AddLine label={t("skills.addSkill")} add={(name) => skills.skills.some((one) => one.name === name) || onChange(writeSkills(text, { skills: [...skills.skills, { name, level: null }] }))} />
            <p className="hint">{t("skills.skillsHelp")}</p>
          </div>
          <div className="f">
            <span className="label">{t("skills.languages")}</span>
            <div className="chiprow">
              {skills.languages.map((tag) => <span key={tag} className="chip">{languageWord(tag)}<span className="t3 mono">{tag}</span><IconButton size="s" icon="x" label={t("removeNamed", { name: tag })} onPress={() => onChange(writeSkills(text, { languages: skills.languages.filter((one) => one !== tag) }))} /></span>)}
            </div>
            <AddLine label={t("skills.addLanguage")} placeholder="en, de, ko" add={(tag) => skills.languages.includes(tag) || onChange(writeSkills(text, { languages: [...skills.languages, tag] }))} />
          </div>
          <Field label={t("skills.department")} value={skills.department} onChange={(department) => onChange(writeSkills(text, { department }))} aside={t("optional")} />
          {skills.others.length > 0 && <p className="hint">{t("skills.others", { names: skills.others.join(", ") })}</p>}
        </>
      )}
    </section>
  );
}

function AddLine({ label, placeholder, add }: { label: string; placeholder?: string; add: (word: string) => void }) {
  const { t } = useTranslation("admin");
  const [word, setWord] = useState("");
  const submit = () => { if (word.trim()) add(word.trim()); setWord(""); };
  return (
    <div className="addline">
      <Field label={label} hideLabel placeholder={placeholder ?? label} value={word} onChange={setWord} onKeyDown={(event) => { if (event.key === "Enter" && !event.nativeEvent.isComposing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); submit(); } }} />
      <Button onPress={submit} isDisabled={!word.trim()}>{t("add")}</Button>
    </div>
  );
}

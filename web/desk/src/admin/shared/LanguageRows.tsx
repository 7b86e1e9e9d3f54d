// The same words in each language we speak; an empty one falls back to the workspace's language.
import { TextArea } from "@seaway/kit/TextArea";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../../i18n/setup.ts";
import { languageName } from "../../pages/shared/languages.ts";

export function TextRows({ label, texts, onChange, rows = 2, errorOf }: { label: string; texts: Record<string, string>; onChange: (texts: Record<string, string>) => void; rows?: number; errorOf: (language: string) => string | null }) {
  return (
    <div className="f" role="group" aria-label={label}>
      <span className="label">{label}</span>
      {tags(texts).map((tag) => (
        <div key={tag} className="langrow"><span className="meta">{languageName(tag)}</span>
          <TextArea label={`${label}, ${languageName(tag)}`} hideLabel lang={tag} rows={rows} value={texts[tag] ?? ""} onChange={(text) => onChange(without({ ...texts, [tag]: text }, (value) => value === ""))} error={errorOf(tag)} /></div>
      ))}
    </div>
  );
}

/** One entry per line. */
export function ListRows({ label, lists, onChange, errorOf }: { label: string; lists: Record<string, string[]>; onChange: (lists: Record<string, string[]>) => void; errorOf: (language: string) => string | null }) {
  return (
    <div className="f" role="group" aria-label={label}>
      <ListHead label={label} />
      {tags(lists).map((tag) => (
        <div key={tag} className="langrow"><span className="meta">{languageName(tag)}</span>
          <Lines label={`${label}, ${languageName(tag)}`} tag={tag} value={lists[tag] ?? []} error={errorOf(tag)} onChange={(lines) => onChange(without({ ...lists, [tag]: lines }, (value) => value.length === 0))} /></div>
      ))}
    </div>
  );
}

function ListHead({ label }: { label: string }) {
  const { t } = useTranslation("admin");
  return <span className="label">{label}<span className="meta plain">{t("onePerLine")}</span></span>;
}

function Lines({ label, tag, value, error, onChange }: { label: string; tag: string; value: string[]; error: string | null; onChange: (lines: string[]) => void }) {
  // What is typed keeps its blank lines; what is meant does not.
  const [typed, setTyped] = useState(() => value.join("\n"));
  const meant = (text: string) => text.split("\n").map((line) => line.trim()).filter(Boolean);
  const shown = JSON.stringify(meant(typed)) === JSON.stringify(value) ? typed : value.join("\n");
  return <TextArea label={label} hideLabel lang={tag} rows={Math.max(2, Math.min(6, shown.split("\n").length))} value={shown} onChange={(text) => { setTyped(text); onChange(meant(text)); }} error={error} />;
}

function tags(record: Record<string, unknown>): string[] {
  return [...new Set<string>([...LANGUAGES, ...Object.keys(record)])];
}

function without<V>(record: Record<string, V>, gone: (value: V) => boolean): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => !gone(value)));
}

// The plain sheet before one is signed in: brand, one card, and the language.
import { Select } from "@seaway/kit/Select";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, setLanguage } from "../../i18n/setup.ts";
import { languageName } from "./languages.ts";
import { usePageTitle } from "./Page.tsx";

export function PublicFrame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  const { t, i18n } = useTranslation("pages");
  usePageTitle(title);
  async function choose(language: string) {
    const known = LANGUAGES.find((one) => one === language);
    if (!known) return;
    localStorage.setItem("seaway.language", known);
    await setLanguage(known);
  }
  return (
    <main className="public">
      <div className="card">
        <div className="brand"><Logo />Seaway</div>
        <h1>{title}</h1>
        {lead && <p className="lead">{lead}</p>}
        {children}
        <div className="under">
          <Select look="pick" label={t("language")} value={i18n.language} onChange={(id) => void choose(id)} options={LANGUAGES.map((id) => ({ id, label: languageName(id) }))} />
        </div>
      </div>
    </main>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="7" fill="var(--accent)" />
      <path d="M4.5 10.2c2.5-2.6 5-2.6 7.5 0s5 2.6 7.5 0" fill="none" stroke="var(--on-accent)" strokeWidth="2" strokeLinecap="round" />
      <path d="M7.8 15.2c1.4-1.5 2.8-1.5 4.2 0s2.8 1.5 4.2 0" fill="none" stroke="var(--on-accent)" strokeWidth="2" strokeLinecap="round" opacity=".65" />
    </svg>
  );
}

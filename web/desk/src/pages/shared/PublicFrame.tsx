// The plain sheet before one is signed in: brand, one card, and the language.
import { Select } from "@seaway/kit/Select";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, setLanguage } from "../../i18n/setup.ts";
import { useBrand } from "../../session/brand.ts";
import { Logo } from "../../shell/Logo.tsx";
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
        <Sign />
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

/** A wide logo has the name in it. */
const WIDE = 2;

function Sign() {
  const { logo, name } = useBrand();
  if (logo && logo.width / logo.height >= WIDE) return <div className="brand"><img className="wide" src={logo.url} alt={name || "Seaway"} /></div>;
  return <div className="brand">{logo ? <img className="square" src={logo.url} alt="" /> : <Logo />}{name || "Seaway"}</div>;
}

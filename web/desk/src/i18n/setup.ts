// Catalogues: desk words in {en,de,ko}.json, admin and pages in admin.{en,de,ko}.json (namespace "admin"), refusals in the server's own table ("problems").
import type { Language } from "@seaway/api/types";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

export const LANGUAGES: readonly Language[] = ["en", "de", "ko"];
type Catalogue = Record<string, unknown>;

const loaders = import.meta.glob<{ default: Catalogue }>(["./*.json", "../../../api/problems/*.json", "!./en.json"]);

/** "admin.de.json" → namespace admin, language de; "de.json" → namespace desk, in the folder problems → namespace problems. */
function nameOf(path: string): { namespace: string; language: string } {
  const parts = (path.split("/").pop() ?? "").replace(".json", "").split(".");
  const language = parts.pop() ?? "en";
  return { namespace: parts[0] ?? (path.includes("/problems/") ? "problems" : "desk"), language };
}

async function load(language: Language): Promise<void> {
  const wanted = Object.entries(loaders).filter(([path]) => [language, "en"].includes(nameOf(path).language));
  await Promise.all(
    wanted.map(async ([path, read]) => {
      const { namespace, language: found } = nameOf(path);
      if (!i18next.hasResourceBundle(found, namespace)) i18next.addResourceBundle(found, namespace, (await read()).default);
    }),
  );
}

export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    supportedLngs: [...LANGUAGES],
    ns: ["desk", "admin"],
    defaultNS: "desk",
    resources: { en: { desk: en } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await setLanguage(language);
}

export async function setLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Before sign-in: what was chosen here last, else the browser's first language we speak. */
export function guessLanguage(): Language {
  const stored = localStorage.getItem("seaway.language");
  const wanted = [stored ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  return LANGUAGES.find((known) => known === wanted.find((tag) => LANGUAGES.some((l) => l === tag))) ?? "en";
}

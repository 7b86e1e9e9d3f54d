// The words of cards; they travel with them, so that nobody else loads them.
import type { Language } from "../../shared/protocol.ts";

const en = { cards: "Cards", picture: "See the picture" };
const texts: Record<Language, typeof en> = {
  en,
  de: { cards: "Karten", picture: "Bild ansehen" },
  ko: { cards: "카드", picture: "사진 보기" },
};

export function cardWords(language: Language): typeof en {
  return texts[language];
}

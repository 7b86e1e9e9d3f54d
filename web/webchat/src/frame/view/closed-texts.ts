// The words of the notice while it is closed; they travel with it, so that nobody else loads them.
import type { Language } from "../../shared/protocol.ts";

const en = {
  today: "We are closed right now. We are back today at {time} – leave us a message.",
  tomorrow: "We are closed right now. We are back tomorrow at {time} – leave us a message.",
  weekday: "We are closed right now. We are back on {day} at {time} – leave us a message.",
  date: "We are closed right now. We are back on {day} at {time} – leave us a message.",
  unknown: "We are closed right now. Leave us a message.",
};
export type ClosedTexts = typeof en;
const de: ClosedTexts = {
  today: "Wir haben gerade geschlossen. Heute um {time} Uhr sind wir wieder da – schreiben Sie uns gern.",
  tomorrow: "Wir haben gerade geschlossen. Morgen um {time} Uhr sind wir wieder da – schreiben Sie uns gern.",
  weekday: "Wir haben gerade geschlossen. Am {day} um {time} Uhr sind wir wieder da – schreiben Sie uns gern.",
  date: "Wir haben gerade geschlossen. Am {day} um {time} Uhr sind wir wieder da – schreiben Sie uns gern.",
  unknown: "Wir haben gerade geschlossen. Schreiben Sie uns gern.",
};
const ko: ClosedTexts = {
  today: "지금은 상담 시간이 아니에요. 오늘 {time}에 다시 시작해요. 메시지를 남겨 주세요.",
  tomorrow: "지금은 상담 시간이 아니에요. 내일 {time}에 다시 시작해요. 메시지를 남겨 주세요.",
  weekday: "지금은 상담 시간이 아니에요. {day} {time}에 다시 시작해요. 메시지를 남겨 주세요.",
  date: "지금은 상담 시간이 아니에요. {day} {time}에 다시 시작해요. 메시지를 남겨 주세요.",
  unknown: "지금은 상담 시간이 아니에요. 메시지를 남겨 주세요.",
};
export const CLOSED_TEXTS: Record<Language, ClosedTexts> = { en, de, ko };

// The words of the form before the first message; they travel with it, so that nobody else loads them.
import type { Language } from "../../shared/protocol.ts";

const en = {
  title: "Before we start",
  optional: "optional",
  choose: "Choose one",
  start: "Start the chat",
  going: "Starting…",
  look1: "One answer needs another look",
  look: "{count} answers need another look",
  kept: "Not sent yet: {why}. What you typed is kept",
  missing: "Please fill this in",
  agree: "We need your agreement to go on",
  choice: "Please choose one",
  bad_email: "This is not an email address. It looks like name@example.com",
  bad_phone: "This is not a phone number. Start with + and the country code",
  too_long: "At most 500 characters",
};
export type FormTexts = typeof en;
const de: FormTexts = {
  title: "Bevor es losgeht",
  optional: "freiwillig",
  choose: "Bitte wählen",
  start: "Chat beginnen",
  going: "Es geht los …",
  look1: "Eine Angabe stimmt noch nicht",
  look: "{count} Angaben stimmen noch nicht",
  kept: "Noch nicht gesendet: {why}. Ihre Angaben bleiben erhalten",
  missing: "Bitte ausfüllen",
  agree: "Ohne Ihre Zustimmung geht es nicht weiter",
  choice: "Bitte wählen Sie eine Antwort",
  bad_email: "Das ist keine E-Mail-Adresse. Sie sieht aus wie name@beispiel.de",
  bad_phone: "Das ist keine Telefonnummer. Beginnen Sie mit + und der Ländervorwahl",
  too_long: "Höchstens 500 Zeichen",
};
const ko: FormTexts = {
  title: "시작하기 전에",
  optional: "선택",
  choose: "선택해 주세요",
  start: "채팅 시작",
  going: "시작하는 중…",
  look1: "한 항목을 다시 확인해 주세요",
  look: "{count}개 항목을 다시 확인해 주세요",
  kept: "아직 보내지 못했어요: {why}. 입력하신 내용은 남아 있어요",
  missing: "입력해 주세요",
  agree: "동의해 주셔야 계속할 수 있어요",
  choice: "하나를 선택해 주세요",
  bad_email: "이메일 주소가 아니에요. name@example.com처럼 적어 주세요",
  bad_phone: "전화번호가 아니에요. +와 국가 번호로 시작해 주세요",
  too_long: "500자까지 적을 수 있어요",
};

export const FORM_TEXTS: Record<Language, FormTexts> = { en, de, ko };

// The words of the form that proves a phone number; they travel with it, so that nobody else loads them.
import type { Language } from "../../shared/protocol.ts";

const en = {
  proveText: "We send a code by SMS. Then we know you when you text us.",
  number: "Phone number with country code",
  numberHint: "For example +44 7700 900123",
  getCode: "Send me a code",
  code: "Code from the SMS",
  codeText: "The code went to {number}. It may take a minute.",
  confirm: "Confirm",
  otherNumber: "Another number",
  proven: "Number proven",
  provenText: "We now know you when you text us from {number}.",
  back: "Back to the chat",
  pNumber: "This is not a phone number we can text. Start with + and the country code",
  pCode: "This code does not match. Look at the last SMS",
  pCodeOver: "This code has expired. Ask for a new one",
  pPhoneLimit: "Three codes an hour per number. Try later",
};
export type ProofTexts = typeof en;
const de: ProofTexts = {
  proveText: "Wir senden einen Code per SMS. Dann erkennen wir Sie, wenn Sie uns eine SMS schreiben.",
  number: "Telefonnummer mit Ländervorwahl",
  numberHint: "Zum Beispiel +49 151 23456789",
  getCode: "Code zusenden",
  code: "Code aus der SMS",
  codeText: "Der Code ging an {number}. Es kann eine Minute dauern.",
  confirm: "Bestätigen",
  otherNumber: "Andere Nummer",
  proven: "Nummer bestätigt",
  provenText: "Wir erkennen Sie jetzt, wenn Sie uns von {number} schreiben.",
  back: "Zurück zum Chat",
  pNumber: "An diese Nummer können wir keine SMS senden. Beginnen Sie mit + und der Ländervorwahl",
  pCode: "Dieser Code stimmt nicht. Sehen Sie in der letzten SMS nach",
  pCodeOver: "Dieser Code ist abgelaufen. Fordern Sie einen neuen an",
  pPhoneLimit: "Drei Codes pro Stunde und Nummer. Versuchen Sie es später",
};
const ko: ProofTexts = {
  proveText: "SMS로 코드를 보내 드려요. 그러면 문자를 보내실 때 알아볼 수 있어요.",
  number: "국가 번호를 포함한 전화번호",
  numberHint: "예: +82 10-1234-5678",
  getCode: "코드 받기",
  code: "SMS로 받은 코드",
  codeText: "{number}(으)로 코드를 보냈어요. 1분쯤 걸릴 수 있어요.",
  confirm: "확인",
  otherNumber: "다른 번호",
  proven: "번호를 확인했어요",
  provenText: "이제 {number}에서 문자를 보내시면 알아볼 수 있어요.",
  back: "채팅으로 돌아가기",
  pNumber: "문자를 보낼 수 없는 번호예요. +와 국가 번호로 시작해 주세요",
  pCode: "코드가 맞지 않아요. 마지막 SMS를 확인해 주세요",
  pCodeOver: "코드가 만료됐어요. 새 코드를 받아 주세요",
  pPhoneLimit: "코드는 번호마다 한 시간에 세 번까지예요. 나중에 다시 해 주세요",
};

export const PROOF_TEXTS: Record<Language, ProofTexts> = { en, de, ko };

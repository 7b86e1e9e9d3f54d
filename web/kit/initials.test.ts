import { expect, it } from "vitest";
import { initials } from "./initials.ts";

it.each([
  ["Ana Duarte", "AD"], ["Katharina Schönfeld-Oberhauser", "KS"], ["박예진 Park Ye-jin", "예진"], ["최지훈", "지훈"], ["박 예진", "예진"], ["방문자 9978", "방9"], ["남궁민수", "민수"],
  ["brewnerd_77", "br"], ["Familie Özdemir", "FÖ"], ["+49 171 3920041", "41"], ["", "?"], ["🙂", "?"], ["🙂 Mia", "Mi"], ["Jean Luc Marie Picard", "JP"],
])("%s → %s", (name, expected) => expect(initials(name)).toBe(expected));

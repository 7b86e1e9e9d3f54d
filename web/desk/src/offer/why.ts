// "Why this agent", in one line and in full.
import type { Reservation } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";

interface Reason { rule: string; detail: string }

export function sayReason(t: TFunction, reason: Reason): string {
  const key = `why.${reason.rule}`;
  if (!i18next.exists(key)) return reason.detail;
  return reason.detail && i18next.exists(`${key}_with`) ? t(`${key}_with`, { detail: reason.detail }) : t(key);
}

export function whyLine(t: TFunction, reservation: Reservation): string {
  return reservation.why.chosen.map((reason) => sayReason(t, reason)).join(". ");
}

export function whyNotLines(t: TFunction, reservation: Reservation): string[] {
  return reservation.why.others.map((other) => `${other.name}: ${sayLoss(t, other)}`);
}

function sayLoss(t: TFunction, reason: Reason): string {
  const key = `whyNot.${reason.rule}`;
  return i18next.exists(key) ? t(key) : reason.detail;
}

// What the channel doctor found, in words: the setting that is wrong, why, and what to do.
import type { ChannelAccount, ChannelKind, CheckResult } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";
import { problemWords, sentence } from "../../i18n/problem-words.ts";

type Line = CheckResult["lines"][number];

export function settingLabel(t: TFunction, kind: Pick<ChannelKind, "kind" | "settings">, key: string): string {
  const setting = kind.settings.find((one) => one.key === key);
  return t(`setting.${kind.kind}.${key}.label`, { defaultValue: setting?.label ?? key });
}

/** What a line is about: the setting it looks at, else the connection as a whole. */
export function sayLine(t: TFunction, kind: Pick<ChannelKind, "kind" | "settings">, line: Line): string {
  if (line.name !== "provider" && line.setting) return settingLabel(t, kind, line.setting);
  return t(`doctor.lines.${line.name}`, { defaultValue: line.name });
}

/** Why it is wrong and the mend; the server's own words for a code we have none for. */
export function sayTrouble(t: TFunction, trouble: Pick<NonNullable<ChannelAccount["problem"]>, "code" | "detail">): string {
  const key = `doctor.problem.${trouble.code}`;
  if (trouble.code && i18next.exists(key, { ns: "admin" })) return t(key);
  return trouble.code ? sentence(problemWords({ type: "about:blank", title: "", status: 422, code: trouble.code, detail: trouble.detail })) : trouble.detail;
}

/** True where the provider said something that no words of ours can tell. */
export function quotes(line: Line): boolean {
  return ["bad_sender", "unreachable", "unexpected_answer", "provider_busy", "credential_over"].includes(line.code) && line.detail !== "";
}

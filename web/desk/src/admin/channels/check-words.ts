// What the channel doctor found, in words: the setting that is wrong, why, and what to do.
import type { ChannelAccount, ChannelKind, CheckResult } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";
import { problemWords, sentence } from "../../i18n/problem-words.ts";

type Line = CheckResult["lines"][number];

export function settingLabel(t: TFunction, kind: Pick<ChannelKind, "kind" | "settings">, key: string): string {
  // Not ours to set: it is entered at the provider.
  if (key === "webhook_url") return t("channels.webhook");
  const setting = kind.settings.find((one) => one.key === key);
  return t(`setting.${kind.kind}.${key}.label`, { defaultValue: setting?.label ?? key });
}

/** What a line is about: what was proved, else the setting it looks at. */
export function sayLine(t: TFunction, kind: Pick<ChannelKind, "kind" | "settings">, line: Pick<Line, "name" | "setting">): string {
  const proved = [`doctor.lines.${line.name}_${kind.kind}`, `doctor.lines.${line.name}`].find((one) => i18next.exists(one, { ns: "admin" }));
  if (proved) return t(proved);
  return line.setting ? settingLabel(t, kind, line.setting) : line.name;
}

/** Why it is wrong and the mend, in the channel's own words where it has some; the server's for a code we have none for. */
export function sayTrouble(t: TFunction, kind: string, trouble: Pick<NonNullable<ChannelAccount["problem"]>, "code" | "detail" | "setting">): string {
  const { code, detail, setting } = trouble;
  if (!code) return detail;
  const key = [`doctor.problem.${code}_${kind}`, `doctor.problem.${code}`].find((one) => i18next.exists(one, { ns: "admin" }));
  return key ? t(key) : sentence(problemWords({ type: "about:blank", title: "", status: 422, code, detail, ...(setting && { field: `/settings/${setting}` }) }));
}

/** True of what is worth a look while the account still works. */
export function onlyWarns(code: string): boolean {
  return code === "silent" || code === "token_ends";
}

const QUOTED = [
  "account_restricted", "bad_capabilities", "bad_sender", "credential_over", "low_quality", "missing_permission", "name_rejected", "no_permission", "not_subscribed", "other_app", "other_id", "other_number",
  "imap_folder", "imap_login", "imap_refused", "imap_tls", "imap_unreachable", "other_webhook_url", "pin_changed", "policy_warning", "provider_busy", "smtp_login", "smtp_refused", "smtp_tls", "smtp_unreachable", "unexpected_answer", "unreachable", "webhook_elsewhere", "webhook_unreachable", "wrong_account",
];

/** True where the server's own words say more than ours: what the provider said, or which address or id it named. */
export function quotes(line: Pick<Line, "code" | "detail">): boolean {
  return QUOTED.includes(line.code) && line.detail !== "";
}

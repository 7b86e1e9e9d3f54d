// A channel account's settings as form values and back. The kinds of settings come from the server; no channel is known here.
import type { ChannelAccount, ChannelKind, FormField, Setting } from "@seaway/api/types";

export type SettingValue = string | string[] | boolean | FormField[];

export function emptyValue(setting: Setting): SettingValue {
  if (setting.kind === "toggle") return setting.default === "true";
  if (setting.kind === "form") return [];
  if (setting.kind === "list") return splitLines(setting.default ?? "");
  return setting.default ?? "";
}

/** What a field shows: the stored value, else the default. */
export function valueOf(account: Pick<ChannelAccount, "settings">, setting: Setting): SettingValue {
  return account.settings[setting.key] ?? emptyValue(setting);
}

export function defaults(kind: ChannelKind): Record<string, SettingValue> {
  return Object.fromEntries(kind.settings.filter((setting) => setting.kind !== "secret").map((setting) => [setting.key, emptyValue(setting)]));
}

/** One entry per line; blanks and doubles go. */
export function splitLines(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean))];
}

/** Keys of required settings that have no value yet. A stored secret counts as a value. */
export function missing(kind: ChannelKind, settings: Record<string, SettingValue>, secrets: Record<string, string>, stored: readonly string[]): string[] {
  return kind.settings.filter((setting) => {
    if (!setting.required) return false;
    if (setting.kind === "secret") return !secrets[setting.key] && !stored.includes(setting.key);
    const value = settings[setting.key] ?? emptyValue(setting);
    return typeof value === "string" ? !value.trim() : Array.isArray(value) && value.length === 0;
  }).map((setting) => setting.key);
}

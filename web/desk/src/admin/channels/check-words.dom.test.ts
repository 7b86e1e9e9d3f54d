import type { ChannelKind, CheckResult, Language } from "@seaway/api/types";
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { quoted, sources, words } from "../../i18n/rust-source.ts";
import { setLanguage, startI18n } from "../../i18n/setup.ts";
import { quotes, sayLine, sayTrouble } from "./check-words.ts";
import { guideOf, stepsOf } from "./guide.ts";

const line = (more: Partial<CheckResult["lines"][number]>) => ({ name: "Auth token", ok: false, code: "secret_missing", detail: "Auth token is missing", setting: "auth_token", ...more });
const sms: Pick<ChannelKind, "kind" | "settings"> = { kind: "sms", settings: [] };
const inAdmin = () => i18next.getFixedT(i18next.language, "admin");

beforeAll(() => startI18n("de"));

test("a line is about its setting, in the agent's language", async () => {
  await setLanguage("de");
  expect(sayLine(inAdmin(), sms, line({}))).toBe("Auth-Token");
  expect(sayLine(inAdmin(), sms, line({ name: "bad_number", code: "bad_number", setting: "number" }))).toBe("Telefonnummer");
  expect(sayLine(inAdmin(), sms, line({ name: "provider", code: "bad_credentials" }))).toBe("Die Verbindung als Ganzes");
  expect(sayTrouble(inAdmin(), "sms", line({}))).toMatch(/^Das Geheimnis fehlt/);
  expect(sayTrouble(inAdmin(), "sms", line({ code: "bad_number" }))).toMatch(/Landesvorwahl\. Schreiben Sie/);
  expect(quotes(line({ code: "unexpected_answer", detail: "the provider answered 500" }))).toBe(true);
  // Noted before there were codes.
  expect(sayTrouble(inAdmin(), "sms", { code: "", setting: null, detail: "the provider refuses" })).toBe("the provider refuses");
});

const rust = sources("connectors/src");
const all = rust.find(({ path }) => path.endsWith("src/lib.rs"))?.text.match(/const ALL[^;]*;/)?.[0] ?? "";
const listed = [...all.matchAll(/&(\w+)::\w+/g)].map((found) => found[1] ?? "");
const codes = [
  ...words(rust, [
    /\b(?:wrong|problem|bad|say)\(\s*(?:"\w+"|needs\.\w+|setting|key),\s*"(\w+)"/g, /SettingProblem \{[^}]*?code: "(\w+)"/g,
    /(?<!gathered\.)\bwarn\(\s*"(\w+)",/g, /gathered\.warn\(\s*(?:self\.place\.setting|"\w+"),\s*"(\w+)"/g, /\bwarning\(\s*(?:"\w+",\s*)?"(\w+)",/g,
  ]),
  // What is wrong with one of a mailbox's two servers begins with which.
  ...words(rust, [/\bof_side\(\s*"\w+",\s*"(\w+)"/g]).flatMap((code) => (code === "folder" ? ["imap_folder"] : [`imap_${code}`, `smtp_${code}`])),
  // Codes that Meta's table gives, where they are told to the admin.
  ...quoted(rust, [/((?:"\w+"\s*\|?\s*)+) => shown\(/g, /match problem\.code\.as_str\(\) \{\s*((?:"\w+"\s*\|?\s*)+) => \{/g]),
  ...words(sources("engine/src"), [/AccountProblem \{\s*code: "(\w+)"/g, /AccountProblem \{[^}]*code: "(\w+)"/g, /Self \{ code: "(\w+)"\.into\(\), setting/g, /let code = if secret \{ "(\w+)" \} else \{ "(\w+)" \}/g]),
];
const settingsOf = (kind: string) => {
  const source = rust.find(({ path }) => path.endsWith(`src/${kind}.rs`));
  return words(source ? [source] : [], [/Setting \{\s*key: "(\w+)"/g, /(?<![.\w])setting\(\s*"(\w+)"/g]);
};

test("the patterns find what can be wrong, and each channel's settings", () => {
  expect(listed.length).toBeGreaterThan(7);
  for (const kind of listed) expect(settingsOf(kind).length, kind).toBeGreaterThan(3);
  for (const known of ["bad_number", "bad_id", "bad_url", "bad_app_secret", "bad_token", "other_waba", "not_subscribed", "unknown_id", "account_not_ready", "payment_problem", "low_quality", "policy_warning", "second_in_line", "bot_suspended", "webhook_off", "quota_used", "wrong_url", "weak_secret", "bad_login", "bad_agent", "bad_capabilities", "imap_login", "smtp_tls", "provider_busy", "credential_over", "setting_missing", "secret_missing"]) expect(codes).toContain(known);
  const proved = quoted(rust, [/(?:CHECKS: &\[&str\] = |fn checks\(&self\) -> &'static \[&'static str\] \{\s*)(&\[[^\]]*\])/g]);
  const told = listed.flatMap((kind) => guideOf(kind).checks);
  expect(proved.filter((name) => !told.includes(name))).toEqual([]);
});

for (const language of ["en", "de", "ko"] as const satisfies Language[]) {
  const has = (key: string) => i18next.exists(key, { ns: "admin", lng: language, fallbackLng: [] });
  test(`every channel, its settings, what is proved of it and everything that can be wrong has words in ${language}`, async () => {
    await setLanguage(language);
    const missing = listed.flatMap((kind) => [`channels.about.${kind}`, ...settingsOf(kind).flatMap((setting) => [`setting.${kind}.${setting}.label`, `setting.${kind}.${setting}.help`])]);
    expect([...missing, ...listed.flatMap((kind) => guideOf(kind).checks.map((name) => `doctor.lines.${name}`))].filter((key) => !has(key))).toEqual([]);
    const own = i18next.getResource(language, "problems", "problems") as Record<string, unknown>;
    expect(codes.filter((code) => !has(`doctor.problem.${code}`) && !(code in own))).toEqual([]);
  });

  test(`every step of a guide has words in ${language}, and every setting its place`, async () => {
    await setLanguage(language);
    for (const kind of listed) {
      const steps = stepsOf({ kind, settings: settingsOf(kind).map((key) => ({ key })) });
      expect(steps.flatMap((step) => [`guide.${kind}.${step.name}.title`, `guide.${kind}.${step.name}.text`]).filter((key) => !has(key) && !has(key.replace(`.${kind}.`, ".any.")))).toEqual([]);
      expect(steps.flatMap((step) => step.settings).toSorted()).toEqual(settingsOf(kind));
    }
  });
}

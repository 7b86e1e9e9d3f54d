import type { ChannelKind, CheckResult, Language } from "@seaway/api/types";
import i18next from "i18next";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { setLanguage, startI18n } from "../../i18n/setup.ts";
import { quotes, sayLine, sayTrouble } from "./check-words.ts";

const connectors = join(import.meta.dirname, "../../../../../crates/connectors/src");
const line = (more: Partial<CheckResult["lines"][number]>) => ({ name: "Auth token", ok: false, code: "secret_missing", detail: "Auth token is missing", setting: "auth_token", ...more });
const sms: Pick<ChannelKind, "kind" | "settings"> = { kind: "sms", settings: [] };
const inAdmin = () => i18next.getFixedT(i18next.language, "admin");

beforeAll(() => startI18n("de"));

test("a line is about its setting, in the agent's language", async () => {
  await setLanguage("de");
  expect(sayLine(inAdmin(), sms, line({}))).toBe("Auth-Token");
  expect(sayLine(inAdmin(), sms, line({ name: "bad_number", code: "bad_number", setting: "number" }))).toBe("Telefonnummer");
  expect(sayLine(inAdmin(), sms, line({ name: "provider", code: "bad_credentials" }))).toBe("Die Verbindung als Ganzes");
  expect(sayTrouble(inAdmin(), line({}))).toMatch(/^Das Geheimnis fehlt/);
  expect(sayTrouble(inAdmin(), line({ code: "bad_number" }))).toMatch(/Landesvorwahl\. Schreiben Sie/);
  expect(quotes(line({ code: "unexpected_answer", detail: "the provider answered 500" }))).toBe(true);
  // Noted before there were codes.
  expect(sayTrouble(inAdmin(), { code: "", detail: "the provider refuses" })).toBe("the provider refuses");
});

for (const language of ["en", "de", "ko"] as const satisfies Language[]) {
  test(`every setting and everything that can be wrong with one has words in ${language}`, async () => {
    await setLanguage(language);
    for (const kind of ["sms", "webchat"]) {
      const source = (readFileSync(join(connectors, `${kind}.rs`), "utf8").split("#[cfg(test)]")[0] ?? "");
      const settings = [...source.matchAll(/Setting \{\s*key: "(\w+)"/g)].map((found) => found[1] ?? "");
      expect(settings.length).toBeGreaterThan(3);
      for (const setting of settings) expect(i18next.exists(`setting.${kind}.${setting}.label`, { ns: "admin", lng: language, fallbackLng: [] }), `${kind} ${setting}`).toBe(true);
      const codes = [...source.matchAll(/say\("\w+", "(\w+)"/g), ...source.matchAll(/SettingProblem \{[^}]*?code: "(\w+)"/g)].map((found) => found[1] ?? "");
      expect(codes.length).toBeGreaterThan(0);
      for (const code of [...codes, "secret_missing", "setting_missing", "provider_busy", "credential_over"]) expect(sayTrouble(inAdmin(), line({ code, detail: "no words" })), code).not.toBe("no words");
    }
  });
}

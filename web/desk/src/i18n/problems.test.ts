// Whatever keeps a message from arriving, and whatever a customer does without a word, has words in each language.
// Those of refusals are walked by the server's own tests.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { quoted, sources, words } from "./rust-source.ts";

const here = import.meta.dirname;
const connectors = sources("connectors/src");
const engine = sources("engine/src");

const undelivered = [
  ...words(connectors, [/=>\s*\{?\s*\("(\w+)",\s*"[A-Z]/g, /(?<!Account|Setting)Problem \{ code: "(\w+)"/g, /(?<!Account|Setting)Problem \{\s*code: "(\w+)"/g, /\bfailed\(\s*"(\w+)"/g, /unwrap_or\("(\w+)"\);\s*let said: Vec/g]),
  ...quoted(connectors, [/let known = (\[[^\]]*\]);\s*let code/g]),
  ...words(engine, [/(?<!Account|Setting)Problem \{\s*code: "(\w+)"/g]),
];
const touched = [
  ...words(connectors, [/\btouch\((?:from|member\(user, key\)|with\([^()]*(?:\([^()]*\))?[^()]*\)), "(\w+)"\)/g, /\.touch\("(\w+)"/g, /=> \("(thread_\w+)", (?:""|text)/g, /Touch \{[^}]*what: "(\w+)"\.into\(\)/g, /Touch \{ from: Sender \{[^}]*\}, what: "(\w+)"/g]),
  ...quoted(connectors, [/let what = (?:if|match) [^{]*(\{ "\w+" \} else \{ "\w+" \});\s*(?:one\(touch|sender|let event)/g, /\.touch\(if [^{]*(\{ "\w+" \} else \{ "\w+" \})/g, /let \(field, what\) = if [^{]*(\{ \([^)]*\) \} else \{ \([^)]*\) \});/g]),
  ...words(connectors, [/^ {12,20}(?:\([^()]*, (?:true|false)\)|"\w+"(?: if [^=]*(?:==[^=]*)?)?|_) => "((?:notifications|opted|thread|membership)_\w+)",/gm]),
];
const links = [
  ...words(connectors, [/\blink\("(\w+)"/g, /Link \{ what: "(\w+)"\.into/g, /\blink\(if [^{]*\{ "(\w+)" \} else \{ "(\w+)" \}/g]),
  ...quoted(connectors, [/let what = match kind \{([^}]*"story_mention"[^}]*)_ => "",/g]).filter((word) => !["share", "ig_post", "ig_reel", "fallback"].includes(word)),
];
const facts = [
  ...words(words(connectors, [/(?:let (?:facts|fields) = |for \(fact, key\) in |fn facts\(&self\) -> Vec<\(String, String\)> \{\s*)(\[[^\]]*\])/g]).map((text) => ({ path: "", text })), [/\("(\w+)", /g]),
  ...words(connectors, [/with\(&from, "(\w+)"/g, /(?:", |facts = |\{ vec!\[\] \} else \{ )vec!\[\("(\w+)"\.(?:into|to_owned)\(\), /g, /\("(survey_\w+)"\.into\(\)/g, /facts\.push\(\("(\w+)"/g]),
];

test("the patterns find what a channel can say", () => {
  for (const known of ["unreachable_number", "uncertain", "expired", "not_delivered", "person_cannot_receive", "quota_used", "platform_refused", "template_paused", "standby"]) expect(undelivered).toContain(known);
  for (const known of ["followed", "beacon", "unlinked", "link_failed", "membership_renewed", "notifications_stopped", "thread_given", "marketing_allowed", "called", "menu_switched", "survey_answered", "joined", "left", "referred", "opted_in", "identity_changed"]) expect(touched).toContain(known);
  for (const known of ["post", "reel", "story_mention", "story_reply", "product", "order", "advertisement", "link"]) expect(links).toContain(known);
  for (const known of ["username", "locale", "campaign", "advertisement_click", "referral", "membership", "browser_language", "status_message", "notifications", "sign_in_error", "survey_rating"]) expect(facts).toContain(known);
});

for (const language of ["en", "de", "ko"]) {
  test(`each has words in ${language}`, () => {
    const missing = (group: string, wanted: readonly string[], prefix = "") => {
      const tree = JSON.parse(readFileSync(join(here, `${language}.json`), "utf8")) as Record<string, Record<string, string>>;
      const known = Object.keys(tree[group] ?? {});
      return wanted.filter((word) => !known.includes(prefix + word));
    };
    expect(missing("undelivered", undelivered)).toEqual([]);
    expect(missing("notice", touched, "touched_")).toEqual([]);
    expect(missing("extra", links, "link_")).toEqual([]);
    expect(missing("fact", facts)).toEqual([]);
  });
}

// Channel doctor: each check is one line; a failure names the wrong setting and leads to its field. Runs by itself after each save.
import type { ChannelAccount, ChannelKind, CheckResult } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Icon } from "@seaway/kit/Icon";
import { PageHead } from "@seaway/kit/PageHead";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import { paths } from "../../pages/paths.ts";
import { fullTime } from "../../pages/shared/format.ts";
import { onlyWarns, quotes, sayLine, sayTrouble, settingLabel } from "./check-words.ts";
import { sayAgo, sayDate, sayLeft } from "./ends.ts";
import { guideOf } from "./guide.ts";
import { goToSetting } from "./SettingField.tsx";

/** `again` changes after each save. */
export function Doctor({ account, kind, unsaved, again }: { account: ChannelAccount | null; kind: ChannelKind; unsaved: boolean; again: number }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [result, setResult] = useState<CheckResult | null>(null);
  const id = account?.id;
  const proved = guideOf(kind.kind).checks;
  useEffect(() => {
    if (id) void run(() => http.post<CheckResult>(ws(`/channel-accounts/${id}/check`))).then((answer) => answer && setResult(answer));
  }, [id, again, run]);
  async function checkAgain() {
    const answer = await run(() => http.post<CheckResult>(ws(`/channel-accounts/${id}/check`)));
    if (!answer) return;
    setResult(answer);
    await forget("/channel-accounts");
  }
  // A setting that is filled in is no news; one line says so of all.
  const lines = result?.lines.filter((line) => !line.ok || proved.includes(line.name)) ?? [];
  const filled = (result?.lines.length ?? 0) - lines.length;
  const waiting = proved.filter((name) => !lines.some((line) => line.name === name));
  return (
    <aside className="pane" aria-label={t("doctor.title")}>
      <PageHead title={t("doctor.title")} level={2} start={<Icon name="shield" />}>
        {account && <Button size="s" icon="refresh" isDisabled={busy} onPress={() => void checkAgain()}>{t("doctor.again")}</Button>}
      </PageHead>
      <div className="scroll">
        {!account && <EmptyState kind="nothing" title={t("doctor.later")}>{t("doctor.laterText")}</EmptyState>}
        {unsaved && account && <p className="sec meta">{t("doctor.unsaved")}</p>}
        <ul className="doc" aria-live="polite">
          {refusal && <li className="bad"><Icon name="circle-x" label={t("doctor.bad")} /><span className="strong">{t("doctor.failed")}</span><span /><p>{words(refusal)}</p></li>}
          {busy && !result && <li className="run"><Icon name="circle-dash" className="spin" /><span>{t("doctor.looking")}</span></li>}
          {filled > 0 && <li className="ok"><Icon name="circle-check" label={t("doctor.ok")} /><span>{t("doctor.settings", { count: filled })}</span></li>}
          {lines.map((line) => (
            <li key={`${line.name} ${line.setting}`} className={tone(line)}>
              <Icon {...MARKS[tone(line)]} label={t(`doctor.${tone(line)}`)} />
              <span className={line.ok ? "" : "strong"}>{sayLine(t, kind, line)}</span>
              <span />
              {!line.ok && <p>{sayTrouble(t, kind.kind, line)}</p>}
              {quotes(line) && <p className="meta" lang="en">{line.detail}</p>}
              {!line.ok && line.setting && <div className="row"><Button size="s" onPress={() => goToSetting(line.setting ?? "")}>{line.setting === "webhook_url" ? t("doctor.goToWebhook") : t("doctor.goTo", { setting: settingLabel(t, kind, line.setting) })}</Button></div>}
            </li>
          ))}
          {result && waiting.map((name) => <li key={name} className="wait"><Icon name="circle" /><span>{sayLine(t, kind, { name, setting: null })}</span><span className="meta">{t("doctor.wait")}</span></li>)}
        </ul>
        {account && account.unreadable > 0 && <p className="sec ends row small"><span className="warn">{t("unreadable.here", { count: account.unreadable })}</span><span className="grow" /><Link className="link" to={paths.unreadable}>{t("unreadable.look")}</Link></p>}
        {account?.last_heard_at && <Heard at={account.last_heard_at} />}
        {account?.credential_ends_at && <Ends at={account.credential_ends_at} />}
      </div>
    </aside>
  );
}

const MARKS = { ok: { name: "circle-check" }, warn: { name: "alert" }, bad: { name: "circle-x" } } as const;

function tone(line: CheckResult["lines"][number]): keyof typeof MARKS {
  if (line.ok) return "ok";
  return onlyWarns(line.code) ? "warn" : "bad";
}

/** When the account last brought something. */
function Heard({ at }: { at: string }) {
  const { t, i18n } = useTranslation("admin");
  return (
    <section className="sec ends">
      <p className="row"><span>{t("channels.lastHeard")}</span><span className="grow" /><span className="num" title={fullTime(at, i18n.language)}>{sayAgo(at, Date.now(), i18n.language)}</span></p>
    </section>
  );
}

/** When the provider's credential ends, counted down. */
function Ends({ at }: { at: string }) {
  const { t, i18n } = useTranslation("admin");
  const left = sayLeft(at, Date.now(), i18n.language);
  return (
    <section className="sec ends">
      <h3>{t("channels.later")}</h3>
      <p className="row"><span>{t(left.tone === "bad" ? "channels.tokenOver" : "channels.tokenEnds")}</span><span className="grow" /><span className={`num ${left.tone}`}>{t("channels.endsOn", { date: sayDate(at, i18n.language), left: left.words })}</span></p>
      <p className="hint">{t("channels.tokenRenewed")}</p>
    </section>
  );
}

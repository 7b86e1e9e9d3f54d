// The texts a channel's provider has approved, as they were listed last.
import type { ChannelAccount, Template } from "@seaway/api/types";
import { Badge } from "@seaway/kit/Badge";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget, useOne } from "../../pages/shared/resource.ts";

export function Approved({ account }: { account: ChannelAccount }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const path = `/channel-accounts/${account.id}/templates`;
  const listed = useOne<{ items: Template[] }>(path);
  const templates = listed.data?.items ?? [];
  const anew = async () => {
    if (await run(() => http.post<{ items: Template[] }>(ws(path)))) await forget(path);
  };
  return (
    <section className="parted approved">
      <div className="row"><h3>{t("channels.templates")}</h3><span className="grow" />{templates.length > 0 && <span className="meta num">{t("channels.templatesOf", { approved: templates.filter((one) => one.approved).length, count: templates.length })}</span>}<Button size="s" icon="refresh" isDisabled={busy} onPress={() => void anew()}>{t("channels.listAnew")}</Button></div>
      <p className="lead">{t("channels.templatesHelp")}</p>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      {listed.data && templates.length === 0 && <p className="hint">{t("channels.templatesNone")}</p>}
      <ul>
        {templates.map((one) => (
          <li key={`${one.name} ${one.language}`}>
            <span className="strong cut">{one.name}</span><span className="meta cut">{one.language} · {one.category.toLowerCase()}</span>
            <Badge {...(one.approved ? { tone: "ok" as const } : {})}>{t(`channels.templateState.${one.state.toLowerCase()}`, { defaultValue: one.state.toLowerCase() })}</Badge>
            <p dir="auto">{one.text}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

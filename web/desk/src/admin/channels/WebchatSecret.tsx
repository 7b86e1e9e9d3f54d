// The secret that signs visitors' identities. A new one is shown once; the old one stops working at once.
import type { ChannelAccount } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { CopyField } from "@seaway/kit/CopyField";
import { Dialog } from "@seaway/kit/Dialog";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";

export function WebchatSecret({ account }: { account: ChannelAccount }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [asking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  async function rotate() {
    const answer = await run(() => http.post<{ secret: string }>(ws(`/channel-accounts/${account.id}/rotate-webchat-secret`)));
    if (!answer) return;
    setSecret(answer.secret);
    await forget("/channel-accounts");
  }
  const close = () => { setAsking(false); setSecret(null); };
  return (
    <section className="parted">
      <h3>{t("channels.identity")}</h3>
      <p className="lead">{t("channels.identityHelp")}</p>
      <Button icon="key" onPress={() => setAsking(true)}>{t("channels.rotate")}</Button>
      <Dialog role="alertdialog" title={t("channels.rotate")} closeLabel={t("close")} isOpen={asking} onClose={close}
        foot={secret ? <Button variant="primary" onPress={close}>{t("keys.keptIt")}</Button> : <><Button variant="ghost" onPress={close}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void rotate()}>{t("channels.rotate")}</Button></>}>
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        {secret ? <><p className="lead">{t("keys.once")}</p><CopyField label={t("channels.identity")} value={secret} words={{ copy: t("copy"), copied: t("copied") }} /></> : <p>{t("channels.rotateText")}</p>}
      </Dialog>
    </section>
  );
}

// The secret that signs what a webhook is told: shown once when it is made or renewed.
import type { Webhook } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { CopyField } from "@seaway/kit/CopyField";
import { Dialog } from "@seaway/kit/Dialog";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";

export function SecretOnce({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <Dialog role="alertdialog" title={t("webhooks.madeTitle", { name })} closeLabel={t("close")} isOpen onClose={onClose} foot={<Button variant="primary" onPress={onClose}>{t("keys.keptIt")}</Button>}>
      <p className="lead" style={{ marginBottom: 12 }}>{t("webhooks.once")}</p>
      <CopyField label={t("webhooks.secret")} name={t("webhooks.secret")} value={secret} words={{ copy: t("copy"), copied: t("copied") }} />
    </Dialog>
  );
}

export function RotateSecret({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal, clear } = useAct();
  const [asking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const close = () => { setAsking(false); clear(); };
  async function rotate() {
    const answer = await run(() => http.post<{ secret: string }>(ws(`/webhooks/${webhook.id}/rotate-secret`)));
    if (!answer) return;
    setAsking(false);
    setSecret(answer.secret);
    await forget("/webhooks");
  }
  return (
    <section>
      <h3>{t("webhooks.signing")}</h3>
      <p className="lead">{t("webhooks.signingHelp")}</p>
      <Button icon="key" onPress={() => setAsking(true)}>{t("webhooks.rotate")}</Button>
      <Dialog role="alertdialog" title={t("webhooks.rotate")} closeLabel={t("close")} isOpen={asking} onClose={close}
        foot={<><Button variant="ghost" onPress={close}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void rotate()}>{t("webhooks.rotate")}</Button></>}>
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <p>{t("webhooks.rotateText")}</p>
      </Dialog>
      {secret && <SecretOnce name={webhook.name} secret={secret} onClose={() => setSecret(null)} />}
    </section>
  );
}

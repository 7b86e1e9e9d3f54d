// Taking a thing away. What cannot be put back asks first; what can shows an undo.
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { http, ws } from "../../api/http.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import type { Versioned } from "./item-form.ts";

interface RemoveProps { path: string; item: Versioned; name: string; /** What happens to others, in one sentence. */ text: string; back: string; label?: string }

export function RemoveForGood({ path, item, name, text, back, label }: RemoveProps) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const navigate = useNavigate();
  const forget = useForget();
  const { run, busy, refusal, clear } = useAct();
  const [asking, setAsking] = useState(false);
  const close = () => { setAsking(false); clear(); };
  async function remove() {
    const done = await run(async () => { await http.delete(ws(`${path}/${item.id}?version=${item.version}`)); return true; });
    if (!done) return;
    setAsking(false);
    toast(t("removed", { name }));
    void navigate(back, { replace: true });
    await forget(path);
  }
  return (
    <>
      <Button size="s" variant="ghost" icon="trash" onPress={() => setAsking(true)}><span className="word">{label ?? t("delete")}</span></Button>
      <Dialog role="alertdialog" title={t("deleteTitle", { name })} closeLabel={t("close")} isOpen={asking} onClose={close}
        foot={<><Button variant="ghost" onPress={close}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void remove()}>{label ?? t("delete")}</Button></>}>
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <p>{text}</p>
      </Dialog>
    </>
  );
}

/** `again` is what to post to have it back. */
export function RemoveWithUndo({ path, item, name, back, again }: Omit<RemoveProps, "text"> & { again: object }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const navigate = useNavigate();
  const forget = useForget();
  async function remove() {
    try {
      await http.delete(ws(`${path}/${item.id}?version=${item.version}`));
    } catch (thrown) {
      toast(words(thrown));
      return;
    }
    void navigate(back, { replace: true });
    await forget(path);
    toast(t("removed", { name }), { undo: { label: t("undo"), run: async () => { await http.post(ws(path), again); await forget(path); } } });
  }
  return <Button size="s" variant="ghost" icon="trash" onPress={() => void remove()}><span className="word">{t("delete")}</span></Button>;
}

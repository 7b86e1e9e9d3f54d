// The foot of a form: what is wrong, what is unsaved, and Save. Ctrl or ⌘ with Enter saves from any field.
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Icon } from "@seaway/kit/Icon";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Form } from "../../pages/shared/form.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";

type Shape = Pick<Form<unknown>, "dirty" | "busy" | "refusal" | "stale" | "kept" | "discard" | "reload"> & { save: () => Promise<unknown>; isNew?: boolean };

export function SaveBar({ form, label, cannot }: { form: Shape; label?: string; /** Why it cannot be saved yet. */ cannot?: string | null }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const ready = (form.dirty || form.isNew === true) && !form.busy && !cannot;
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing || !ready) return;
      event.preventDefault();
      void form.save();
    }
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  if (form.stale) {
    return <Banner tone="warn" action={<><Button size="s" variant="ghost" onPress={form.discard}>{t("discardMine")}</Button><Button size="s" onPress={() => void form.reload()}>{t("reloadKeep")}</Button></>}>{t("stale")}</Banner>;
  }
  if (!form.dirty && !form.isNew && !form.refusal) return null;
  return (
    <div className="savebar">
      {form.dirty && <Button variant="ghost" onPress={form.discard} className="atedge">{t("discard")}</Button>}
      <span className="grow">{form.refusal ? <span className="why" role="alert"><Icon name="circle-alert" />{words(form.refusal)}</span> : form.kept && <span className="small t2">{t("kept")}</span>}</span>
      {!form.refusal && <span className="meta">{cannot ?? (form.dirty ? t("unsaved") : "")}</span>}
      <Button variant="primary" isDisabled={!ready} onPress={() => void form.save()} keys={["Ctrl", "Enter"]}>{label ?? t(form.isNew ? "create" : "save")}</Button>
    </div>
  );
}

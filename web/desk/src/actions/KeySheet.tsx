// `?`: every key, made from the same actions as everything else.
import { Dialog } from "@seaway/kit/Dialog";
import { KeyCap } from "@seaway/kit/KeyCap";
import { useTranslation } from "react-i18next";
import { changeUi } from "../shell/ui.ts";
import { capsOf } from "./keys.ts";
import { allActions, useHand } from "./use-actions.ts";
import "./keys.css";

export function KeySheet() {
  const { t } = useTranslation();
  const hand = useHand();
  const line = (id: string, title: string, keys: string[]) => <div key={id} className="key"><dt>{title}</dt><dd><KeyCap keys={keys} /></dd></div>;
  const groups = (["task", "app", "place"] as const).map((group) => ({ group, list: allActions.filter((action) => action.group === group && action.keys && (group !== "place" || action.when(hand))) }));
  return (
    <Dialog wide title={t("action.keys")} closeLabel={t("word.close")} isOpen onClose={() => changeUi({ overlay: null })}>
      <div className="keysheet">
        <section aria-label={t("keys.offers")}>
          <h3>{t("keys.offers")}</h3>
          <dl>{line("accept", t("keys.accept"), ["Alt", "1…3"])}{line("reject", t("keys.reject"), ["Alt", "Shift", "1…3"])}</dl>
        </section>
        {groups.map(({ group, list }) => (
          <section key={group} aria-label={t(`keys.${group}`)}>
            <h3>{t(`keys.${group}`)}</h3>
            <dl>{list.map((action) => line(action.id, t(action.title), capsOf(action.keys ?? "")))}{group === "app" && line("esc", t("keys.close"), ["Esc"])}</dl>
          </section>
        ))}
      </div>
      <p className="meta">{t("keys.typing")}</p>
    </Dialog>
  );
}

// Who I am, how the desk looks and speaks, and the way out.
import type { Language, Preferences } from "@seaway/api/types";
import { LANGUAGES } from "../i18n/setup.ts";
import { toast } from "@seaway/kit/toasts";
import { Icon } from "@seaway/kit/Icon";
import { Segments } from "@seaway/kit/Segments";
import { Switch } from "@seaway/kit/Switch";
import type { ReactNode } from "react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useMe, useSession } from "../session/session.tsx";
import { sayRefusal } from "../shell/refusal.ts";

const NAMES: Record<Language, string> = { en: "English", de: "Deutsch", ko: "한국어" };

export function UserMenu({ trigger }: { trigger: ReactNode }) {
  const { t } = useTranslation();
  const me = useMe();
  const { savePreferences, signOut } = useSession();
  const { preferences } = me;
  const fail = (thrown: unknown) => toast(sayRefusal(t, thrown));
  const save = (change: Preferences) => void savePreferences(change).catch(fail);
  return (
    <DialogTrigger>
      <Button className="me"><span className="sr">{t("user.menu", { name: me.user.name })}</span>{trigger}</Button>
      <Popover className="popover menu card" placement="right bottom" offset={8}>
        <Dialog aria-label={t("user.title")} className="sheetlet">
          <div><p className="strong">{me.user.name}</p><p className="meta">{me.user.email}</p></div>
          <Segments label={t("user.language")} options={LANGUAGES.map((id) => ({ id, label: NAMES[id] }))} value={preferences.language ?? me.user.language} onChange={(language) => save({ language })} />
          <Segments label={t("user.theme")} options={(["system", "light", "dark"] as const).map((id) => ({ id, label: t(`user.theme_${id}`) }))} value={preferences.theme ?? "system"} onChange={(theme) => save({ theme })} />
          <Switch isSelected={preferences.send_with_enter ?? false} onChange={(send_with_enter) => save({ send_with_enter })} help={t("user.enterHelp")}>{t("user.enter")}</Switch>
          <Button className="mi" onPress={() => void signOut().catch(fail)}><Icon name="logout" />{t("user.signOut")}</Button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

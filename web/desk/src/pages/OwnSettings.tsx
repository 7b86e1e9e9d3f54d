// How the desk looks, sounds and sends for me. Each choice is saved at once; the password has its own button.
import type { Preferences } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { Segments } from "@seaway/kit/Segments";
import { Select } from "@seaway/kit/Select";
import { Switch } from "@seaway/kit/Switch";
import { toast } from "@seaway/kit/toasts";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { http } from "../api/http.ts";
import { LANGUAGES } from "../i18n/setup.ts";
import { useMe, useSession } from "../session/session.tsx";
import { notificationsOn } from "../tabs/notify.ts";
import { chime } from "./shared/chime.ts";
import { languageName } from "./shared/languages.ts";
import { blames, useProblemWords } from "./shared/problem.ts";
import { useAct } from "./shared/resource.ts";
import { SettingsFrame } from "./shared/SettingsFrame.tsx";

const onMac = /Mac|iPhone|iPad/.test(navigator.platform);

export function OwnSettings() {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const me = useMe();
  const { savePreferences } = useSession();
  const { run, refusal } = useAct();
  const { preferences } = me;
  const volume = preferences.volume ?? 0.6;
  const choose = (change: Preferences) => void run(() => savePreferences(change));

  async function askNotifications(on: boolean) {
    if (on && typeof Notification !== "undefined" && Notification.permission !== "granted" && (await Notification.requestPermission()) !== "granted") {
      toast(t("own.notificationsRefused"));
      return;
    }
    choose({ notifications: on });
  }

  return (
    <SettingsFrame title={t("settings.own")}>
      <div className="form">
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <section>
          <h3>{t("own.looks")}</h3>
          <Pref title={t("language")} text={t("own.languageHelp")}>
            <Select label={t("language")} hideLabel className="bare" value={preferences.language ?? me.user.language} onChange={(id) => choose({ language: LANGUAGES.find((one) => one === id) ?? "en" })} options={LANGUAGES.map((id) => ({ id, label: languageName(id) }))} />
          </Pref>
          <Pref title={t("own.theme")}>
            <Segments label={t("own.theme")} value={preferences.theme ?? "system"} onChange={(theme) => choose({ theme })} options={(["system", "light", "dark"] as const).map((id) => ({ id, label: t(`own.themes.${id}`) }))} />
          </Pref>
        </section>
        <section>
          <h3>{t("own.writing")}</h3>
          <Pref title={t("own.sendKey")} text={t("own.sendKeyHelp")}>
            <Segments label={t("own.sendKey")} value={preferences.send_with_enter ? "enter" : "ctrl"} onChange={(id) => choose({ send_with_enter: id === "enter" })} options={[{ id: "ctrl", label: onMac ? "⌘ ↵" : "Ctrl ↵" }, { id: "enter", label: "↵" }]} />
          </Pref>
        </section>
        <section>
          <h3>{t("own.sound")}</h3>
          <Pref title={t("own.soundOn")} text={t("own.soundHelp")}><Switch aria-label={t("own.soundOn")} isSelected={preferences.sound ?? true} onChange={(sound) => choose({ sound })}>{""}</Switch></Pref>
          <Pref title={t("own.volume")}>
            <input type="range" aria-label={t("own.volume")} min={0} max={100} step={5} defaultValue={Math.round(volume * 100)} onPointerUp={(event) => choose({ volume: Number(event.currentTarget.value) / 100 })} onKeyUp={(event) => choose({ volume: Number(event.currentTarget.value) / 100 })} />
            <Button size="s" icon="sound" onPress={() => chime(volume)}>{t("own.test")}</Button>
          </Pref>
          <Pref title={t("own.notifications")} text={t("own.notificationsHelp")}><Switch aria-label={t("own.notifications")} isSelected={notificationsOn(preferences)} onChange={(on) => void askNotifications(on)}>{""}</Switch></Pref>
        </section>
        <section>
          <h3>{t("password")}</h3>
          <PasswordForm email={me.user.email} />
        </section>
      </div>
    </SettingsFrame>
  );
}

function Pref({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return <div className="pref"><div><span>{title}</span>{text && <p>{text}</p>}</div><div className="ctl">{children}</div></div>;
}

function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const { run, busy, refusal } = useAct();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const atNew = refusal !== null && blames(refusal, "/new");
  async function change() {
    const done = await run(async () => { await http.post("/api/v1/me/password", { current, new: next }); return true; });
    if (!done) return;
    setCurrent("");
    setNext("");
    toast(t("own.passwordChanged"));
  }
  return (
    <form onSubmit={(event) => { event.preventDefault(); void change(); }}>
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <Field label={t("own.currentPassword")} type="password" autoComplete="current-password" value={current} onChange={setCurrent} error={refusal && !atNew ? words(refusal) : null} reveal={[t("show"), t("hide")]} />
      <Field label={t("own.newPassword")} type="password" autoComplete="new-password" help={t("passwordHelp")} value={next} onChange={setNext} error={atNew ? words(refusal) : null} reveal={[t("show"), t("hide")]} />
      <Button type="submit" isDisabled={busy || !current || !next}>{t("own.changePassword")}</Button>
    </form>
  );
}

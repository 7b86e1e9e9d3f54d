// Whether offers come to me, and how they are heard. Sound off is visible here, not only in its effect.
import type { Preferences } from "@seaway/api/types";
import { Icon } from "@seaway/kit/Icon";
import { Switch } from "@seaway/kit/Switch";
import { toast } from "@seaway/kit/toasts";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useMe, useSession } from "../session/session.tsx";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk } from "../state/desk.tsx";
import { useStore } from "../state/store.ts";
import { notificationsOn } from "../tabs/notify.ts";
import { playTest, soundState, unlockSound } from "../tabs/sound.ts";
import { sayWait } from "../time/format.ts";
import { useNow, useTimeWords } from "../time/use-now.ts";
import { sayActivity } from "./activity-name.ts";
import { presenceOf } from "./presence.ts";

export function ActivityMenu() {
  const { t } = useTranslation();
  const words = useTimeWords();
  const now = useNow(15_000);
  const worker = useDesk((state) => state.worker);
  const activities = useDesk((state) => state.activities);
  const preferences = useMe().preferences;
  const commands = useCommands();
  if (!worker) return null;
  const since = sayWait(Math.max(0, now - Date.parse(worker.activity_since)), words);
  const name = sayActivity(t, worker.activity.name);
  async function choose(id: string): Promise<void> {
    try {
      if (worker) await commands.setActivity(worker.id, id);
    } catch (thrown) {
      toast(sayRefusal(t, thrown));
    }
  }
  return (
    <DialogTrigger>
      <Button className="pick">
        <span className="sr">{t("activity.label", { name, since })}</span>
        <i className={`pres ${presenceOf(worker)}`} /><span className="cut" aria-hidden="true">{name}</span> <span className="t3 num wide" aria-hidden="true">{since}</span>
        {preferences.sound === false && <Icon name="sound" size={14} className="t3" label={t("activity.soundOff")} />}
        <Icon name="down" size={14} className="t3" />
      </Button>
      <Popover className="popover menu card" placement="bottom end" offset={4}>
        <Dialog aria-label={t("activity.title")} className="sheetlet">
          {({ close }) => (
            <>
              <div role="group" aria-label={t("activity.title")}>
                {activities.map((activity) => (
                  <Button key={activity.id} className="mi" aria-pressed={activity.id === worker.activity.id} onPress={() => { close(); void choose(activity.id); }}>
                    <i className={`pres ${activity.available ? "on" : "busy"}`} /><span className="grow">{sayActivity(t, activity.name)}</span>
                    {activity.id === worker.activity.id && <Icon name="check" size={14} />}
                  </Button>
                ))}
              </div>
              <SoundSettings preferences={preferences} />
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function SoundSettings({ preferences }: { preferences: Preferences }) {
  const { t } = useTranslation();
  const { savePreferences } = useSession();
  const sound = useStore(soundState, (state) => state);
  const save = (change: Preferences) => void savePreferences(change).catch((thrown: unknown) => toast(sayRefusal(t, thrown)));
  const on = preferences.sound !== false;
  const volume = preferences.volume ?? 0.6;
  async function notifications(wanted: boolean): Promise<void> {
    if (wanted && "Notification" in window && Notification.permission === "default") await Notification.requestPermission();
    if (wanted && (!("Notification" in window) || Notification.permission === "denied")) return toast(t("activity.notifyDenied"));
    save({ notifications: wanted });
  }
  return (
    <div className="stack">
      <hr />
      <Switch isSelected={on} onChange={(wanted) => save({ sound: wanted })}>{t("activity.sound")}</Switch>
      {on && (
        <label className="row volume">
          <span className="sr">{t("activity.volume")}</span>
          <Icon name="sound" className="t3" />
          <input type="range" min={0} max={1} step={0.05} defaultValue={volume} onChange={(event) => save({ volume: Number(event.target.value) })} />
          <Button className="btn s" onPress={() => { unlockSound(); playTest(volume); }}>{t("activity.test")}</Button>
        </label>
      )}
      {on && !sound.unlocked && <p className="meta">{t("activity.locked")}</p>}
      <Switch isSelected={notificationsOn(preferences)} onChange={(wanted) => void notifications(wanted)}>{t("activity.notify")}</Switch>
    </div>
  );
}

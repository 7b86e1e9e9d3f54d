// An offer went by unanswered and the desk set us to Away. One key brings us back.
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { toast } from "@seaway/kit/toasts";
import { useTranslation } from "react-i18next";
import { BACK_KEYS, capsOf } from "../actions/keys.ts";
import { sayRefusal } from "../shell/refusal.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk } from "../state/desk.tsx";
import { sayClock } from "../time/format.ts";

export function MissedOffer() {
  const { t, i18n } = useTranslation();
  const missed = useDesk((state) => state.missedOffer);
  const worker = useDesk((state) => state.worker);
  const ready = useDesk((state) => state.activities).find((activity) => activity.available);
  const commands = useCommands();
  if (!missed || !worker || worker.activity.available || !ready) return null;
  const back = () => commands.setActivity(worker.id, ready.id).catch((thrown: unknown) => toast(sayRefusal(t, thrown)));
  return (
    <Banner tone="warn" icon="clock" action={<Button size="s" keys={capsOf(BACK_KEYS)} onPress={() => void back()}>{t("missed.back")}</Button>}>
      {t("missed.text", { at: sayClock(missed.at, i18n.language) })}
    </Banner>
  );
}

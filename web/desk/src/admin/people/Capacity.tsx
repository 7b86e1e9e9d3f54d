// How many tasks of each channel an agent takes at once.
import type { WorkerChannel } from "@seaway/api/types";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Field } from "@seaway/kit/Field";
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";

const CAPACITY_MAX = 50;

export function Capacity({ channels, onChange, error }: { channels: readonly WorkerChannel[]; onChange: (channels: WorkerChannel[]) => void; error: string | null }) {
  const { t } = useTranslation("admin");
  const change = (channel: string, part: Partial<WorkerChannel>) => onChange(channels.map((one) => (one.channel === channel ? { ...one, ...part } : one)));
  if (channels.length === 0) return null;
  return (
    <section>
      <h3>{t("capacity.title")}</h3>
      <p className="lead">{t("capacity.help")}</p>
      <table className="captbl">
        <thead><tr><th>{t("capacity.channel")}</th><th>{t("capacity.atOnce")}</th><th>{t("capacity.takes")}</th><th className="right">{t("capacity.now")}</th></tr></thead>
        <tbody>
          {channels.map((one) => (
            <tr key={one.channel}>
              <td><span className="row"><ChannelMark kind={one.channel === "chat" ? "webchat" : one.channel} name="" />{t(`channel.${one.channel}`, { defaultValue: one.channel })}</span></td>
              <td><Field label={t("capacity.atOnceOf", { channel: one.channel })} hideLabel type="number" inputMode="numeric" value={String(one.capacity)} onChange={(typed) => change(one.channel, { capacity: Math.max(0, Math.min(CAPACITY_MAX, Number(typed) || 0)) })} /></td>
              <td><Switch aria-label={t("capacity.takesOf", { channel: one.channel })} isSelected={one.available} onChange={(available) => change(one.channel, { available })}>{""}</Switch></td>
              <td className="right num t2">{one.open}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {error && <p className="fix">{error}</p>}
    </section>
  );
}

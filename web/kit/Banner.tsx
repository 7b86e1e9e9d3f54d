// One sentence and one action, inside the pane it concerns.
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";
import type { Tone } from "./Badge.tsx";

const SIGNS: Record<Tone, IconName> = { ok: "circle-check", warn: "alert", bad: "circle-alert", acc: "bolt" };

export function Banner({ tone = "warn", icon, children, action, round }: { tone?: Tone; icon?: IconName; children: ReactNode; action?: ReactNode; round?: boolean }) {
  return (
    <div className={`banner ${tone} ${round ? "round" : ""}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={icon ?? SIGNS[tone]} />
      <div className="grow">{children}</div>
      {action}
    </div>
  );
}

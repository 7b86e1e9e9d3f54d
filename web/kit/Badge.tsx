// A word about a thing: neutral unless a state, and then with its word or sign.
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";

export type Tone = "ok" | "warn" | "bad" | "acc";

export function Badge({ tone, icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  return <span className={`badge ${tone ?? ""}`.trim()}>{icon && <Icon name={icon} />}{children}</span>;
}

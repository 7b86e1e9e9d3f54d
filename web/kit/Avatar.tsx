// A person as two signs on grey; the channel they came by or their presence sits at the lower right. Silent: the name stands beside it.
import type { ReactNode } from "react";
import { initials } from "./initials.ts";

export type Presence = "on" | "busy" | "off" | "away";

export function Avatar({ name, size = 32, presence, mark }: { name: string; size?: 20 | 24 | 32 | 40; presence?: Presence; mark?: ReactNode }) {
  return (
    <span className={`av ${size === 32 ? "" : `s${size}`}`.trim()} aria-hidden="true">
      {initials(name)}
      {mark}
      {presence && <i className={`pres ${presence}`} />}
    </span>
  );
}

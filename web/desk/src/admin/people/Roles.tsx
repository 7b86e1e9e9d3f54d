// Which roles a person has. A role is rows of permissions on the server; here it is a word and one line of meaning.
import type { Member, TaskQueue } from "@seaway/api/types";
import { Checkbox } from "@seaway/kit/Checkbox";
import { Select } from "@seaway/kit/Select";
import { useTranslation } from "react-i18next";

export type RoleRow = Member["roles"][number];
const ROLES = ["agent", "supervisor", "admin"] as const;
const NATURAL_SCOPE: Record<string, RoleRow["scope"]> = { agent: "own", supervisor: "all", admin: "all" };

export function Roles({ roles, queues, onChange, error }: { roles: readonly RoleRow[]; queues: readonly TaskQueue[]; onChange: (roles: RoleRow[]) => void; error: string | null }) {
  const { t } = useTranslation("admin");
  const toggle = (role: string, on: boolean) => onChange(on ? [...roles, { role, scope: NATURAL_SCOPE[role] ?? "own", queues: [] }] : roles.filter((one) => one.role !== role));
  const change = (role: string, part: Partial<RoleRow>) => onChange(roles.map((one) => (one.role === role ? { ...one, ...part } : one)));
  const supervisor = roles.find((one) => one.role === "supervisor");
  return (
    <>
      <div className="boxes" role="group" aria-label={t("people.roles")}>
        {ROLES.map((role) => <Checkbox key={role} isSelected={roles.some((one) => one.role === role)} onChange={(on) => toggle(role, on)} help={t(`people.roleHelp.${role}`)}>{t(`people.role.${role}`)}</Checkbox>)}
      </div>
      {error && <p className="fix">{error}</p>}
      {supervisor && queues.length > 0 && (
        <>
          <Select label={t("people.supervises")} value={supervisor.scope === "queue" ? "queue" : "all"} onChange={(scope) => change("supervisor", { scope: scope === "queue" ? "queue" : "all", queues: [] })} options={[{ id: "all", label: t("people.allQueues") }, { id: "queue", label: t("people.someQueues") }]} />
          {supervisor.scope === "queue" && <div className="boxes" role="group" aria-label={t("people.someQueues")}>{queues.map((queue) => <Checkbox key={queue.id} isSelected={supervisor.queues.includes(queue.id)} onChange={(on) => change("supervisor", { queues: on ? [...supervisor.queues, queue.id] : supervisor.queues.filter((id) => id !== queue.id) })}>{queue.name}</Checkbox>)}</div>}
        </>
      )}
    </>
  );
}

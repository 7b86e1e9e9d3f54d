// Who signs in, what they may do, and, if they take tasks, what they are good at.
import type { Member, TaskQueue } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Badge } from "@seaway/kit/Badge";
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll } from "../../pages/shared/resource.ts";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { MemberForm } from "./MemberForm.tsx";
import { NewMember } from "./NewMember.tsx";
import { PeopleTabs } from "./PeopleTabs.tsx";

const to = (id: string) => (id ? `${paths.people}/${id}` : paths.people);

export function People() {
  const { t } = useTranslation("admin");
  return <Needs permission="user.manage" title={t("people.title")}><PeopleSheet /></Needs>;
}

function PeopleSheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const members = useAll<Member>("/members");
  const queues = useAll<TaskQueue>("/task-queues");
  return (
    <Workbench title={t("people.title")} to={to} query={members} chosen={id} addLabel={t("new")} above={<PeopleTabs />}
      row={(member) => ({ id: member.id, name: member.user.name, sub: member.roles.map((one) => t(`people.role.${one.role}`, { defaultValue: one.role })).join(", "), start: <Avatar name={member.user.name} presence={member.worker ? (member.worker.connected ? (member.worker.activity.available ? "on" : "busy") : "off") : undefined} />, end: member.user.disabled && <Badge>{t("people.disabled")}</Badge> })}
      empty={<EmptyState kind="nothing" title={t("people.none")} actions={<ButtonLink size="s" icon="plus" href={to(NEW)}>{t("people.addFirst")}</ButtonLink>}>{t("people.noneText")}</EmptyState>}>
      {(member) => (member ? <MemberForm key={member.id} member={member} queues={queues.data ?? []} /> : <NewMember to={to} queues={queues.data ?? []} />)}
    </Workbench>
  );
}

// One person of the workspace. Sign-in and roles belong to the member, skills and capacity to the worker; both are saved together.
import type { Member, TaskQueue, Worker, WorkerChannel } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Avatar } from "@seaway/kit/Avatar";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Switch } from "@seaway/kit/Switch";
import { toast } from "@seaway/kit/toasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { paths } from "../../pages/paths.ts";
import { useForm } from "../../pages/shared/form.ts";
import { useProblemWords } from "../../pages/shared/problem.ts";
import { useAct, useForget } from "../../pages/shared/resource.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { Capacity } from "./Capacity.tsx";
import { Roles, type RoleRow } from "./Roles.tsx";
import { SkillsForm } from "./SkillsForm.tsx";

interface Edited { name: string; email: string; disabled: boolean; roles: RoleRow[]; takes: boolean; attributes: string; channels: WorkerChannel[]; version: number; worker_version: number }

export function MemberForm({ member, queues }: { member: Member; queues: readonly TaskQueue[] }) {
  const { t } = useTranslation("admin");
  const forget = useForget();
  const own = `/members/${member.id}`;
  const form = useForm<Edited>({
    key: own,
    base: edited(member),
    save: async (changed, base) => {
      const { takes, attributes, channels, ...about } = changed;
      // Whoever begins or stops taking tasks does so with the member; skills and capacity of one who goes on are the worker's.
      const worker = takes === undefined ? {} : { worker: takes ? { attributes: attributes ?? base.attributes } : null };
      let latest = member;
      if (Object.keys({ ...about, ...worker }).length > 0) latest = await http.patch<Member>(ws(own), { ...about, ...worker, version: base.version });
      if (takes === undefined && member.worker && (attributes !== undefined || channels !== undefined)) {
        const worker = await http.patch<Worker>(ws(`/workers/${member.worker.id}`), { attributes, channels: channels?.map(({ channel, capacity, available }) => ({ channel, capacity, available })), version: base.worker_version });
        latest = { ...latest, worker };
      }
      await forget("/members");
      toast(t("saved"));
      return edited(latest);
    },
    fresh: async () => edited(await http.get<Member>(ws(own))),
  });
  const { values } = form;
  const name = member.user.name;
  return (
    <section className="pane" aria-label={name}>
      <PageHead title={name} level={2} start={<Avatar name={name} size={24} />} note={member.worker && sayActivity(t, member.worker.activity.name)} back={{ href: paths.people, label: t("back") }}>
        <ResetPassword member={member} />
        <RemoveForGood path="/members" item={member} name={name} text={t("people.removeText")} label={t("people.remove")} back={paths.people} />
      </PageHead>
      <div className="scroll"><div className="form">
        <section>
          <Field label={t("name")} value={values.name} onChange={(next) => form.set("name", next)} error={form.errorOf("/name")} />
          <Field label={t("email")} type="email" value={values.email} onChange={(next) => form.set("email", next)} error={form.errorOf("/email")} />
          <div className="f"><Switch isSelected={!values.disabled} onChange={(on) => form.set("disabled", !on)} help={t("people.maySignInHelp")}>{t("people.maySignIn")}</Switch></div>
        </section>
        <section><h3>{t("people.roles")}</h3><Roles roles={values.roles} queues={queues} onChange={(roles) => form.set("roles", roles)} error={form.errorOf("/roles")} /></section>
        <section>
          <h3>{t("people.tasks")}</h3>
          <div className="f"><Switch isSelected={values.takes} onChange={(takes) => form.set("takes", takes)} help={t("people.takesHelp")}>{t("people.takes")}</Switch></div>
        </section>
        {values.takes && <SkillsForm text={values.attributes} onChange={(attributes) => form.set("attributes", attributes)} error={form.errorOf("/attributes") ?? form.errorOf("/worker")} />}
        {values.takes && member.worker && <Capacity channels={values.channels} onChange={(channels) => form.set("channels", channels)} error={form.errorOf("/channels")} />}
      </div></div>
      <SaveBar form={form} cannot={values.name.trim() ? null : t("nameMissing")} />
    </section>
  );
}

function edited(member: Member): Edited {
  const { user, worker } = member;
  return { name: user.name, email: user.email, disabled: user.disabled, roles: member.roles, takes: worker !== null, attributes: worker?.attributes ?? "{}", channels: worker?.channels ?? [], version: member.version, worker_version: worker?.version ?? 0 };
}

function ResetPassword({ member }: { member: Member }) {
  const { t } = useTranslation("admin");
  const words = useProblemWords();
  const { run, busy, refusal } = useAct();
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState("");
  const close = () => { setOpen(false); setPassword(""); };
  async function reset() {
    const done = await run(async () => { await http.post(ws(`/members/${member.id}/reset-password`), { password }); return true; });
    if (!done) return;
    close();
    toast(t("people.passwordReset", { name: member.user.name }));
  }
  return (
    <>
      <Button size="s" variant="ghost" icon="key" onPress={() => setOpen(true)}><span className="word">{t("people.resetPassword")}</span></Button>
      <Dialog title={t("people.resetPassword")} closeLabel={t("close")} isOpen={open} onClose={close} foot={<><Button variant="ghost" onPress={close}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy || !password} onPress={() => void reset()}>{t("people.resetDo")}</Button></>}>
        {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
        <p className="lead">{t("people.resetText", { name: member.user.name })}</p>
        <Field label={t("people.newPassword")} type="password" autoComplete="new-password" value={password} onChange={setPassword} reveal={[t("show"), t("hide")]} autoFocus />
      </Dialog>
    </>
  );
}

// A new person: how they sign in, what they may do, and whether they take tasks.
import type { Member, TaskQueue } from "@seaway/api/types";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Switch } from "@seaway/kit/Switch";
import { useTranslation } from "react-i18next";
import { paths } from "../../pages/paths.ts";
import { SaveBar } from "../shared/SaveBar.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { Roles } from "./Roles.tsx";
import { SkillsForm } from "./SkillsForm.tsx";

type Fresh = Member & { name: string; email: string; password: string; takes: boolean; attributes: string };

export function NewMember({ to, queues }: { to: (id: string) => string; queues: readonly TaskQueue[] }) {
  const { t } = useTranslation("admin");
  const form = useItemForm<Fresh>({
    path: "/members", to, item: null,
    blank: { user: { id: "", name: "", email: "", disabled: false }, worker: null, name: "", email: "", password: "", roles: [{ role: "agent", scope: "own", queues: [] }], takes: true, attributes: "{}" },
    body: (_changed, { name, email, password, roles, takes, attributes }) => ({ name: name.trim(), email: email.trim(), password, roles, ...(takes ? { worker: { attributes } } : {}) }),
  });
  const { values } = form;
  const empty = !values.name.trim() || !values.email.trim() || !values.password;
  return (
    <section className="pane" aria-label={t("people.new")}>
      <PageHead title={t("people.new")} level={2} back={{ href: paths.people, label: t("back") }} />
      <div className="scroll"><div className="form">
        <section>
          <Field label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoComplete="off" autoFocus />
          <Field label={t("email")} type="email" value={values.email} onChange={(email) => form.set("email", email)} error={form.errorOf("/email")} autoComplete="off" />
          <Field label={t("people.firstPassword")} help={t("people.firstPasswordHelp")} type="password" autoComplete="new-password" value={values.password} onChange={(password) => form.set("password", password)} error={form.errorOf("/password")} reveal={[t("show"), t("hide")]} />
        </section>
        <section><h3>{t("people.roles")}</h3><Roles roles={values.roles} queues={queues} onChange={(roles) => form.set("roles", roles)} error={form.errorOf("/roles")} /></section>
        <section><h3>{t("people.tasks")}</h3><div className="f"><Switch isSelected={values.takes} onChange={(takes) => form.set("takes", takes)} help={t("people.takesHelp")}>{t("people.takes")}</Switch></div></section>
        {values.takes && <SkillsForm text={values.attributes} onChange={(attributes) => form.set("attributes", attributes)} error={form.errorOf("/worker")} />}
      </div></div>
      <SaveBar form={form} label={t("people.create")} cannot={empty ? t("people.toFill") : null} />
    </section>
  );
}

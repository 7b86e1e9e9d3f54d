// The first run: the code that `seaway serve` printed, the workspace's name and its first admin.
import type { Language, Me } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { Select } from "@seaway/kit/Select";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate } from "react-router";
import { asRefusal, http } from "../api/http.ts";
import { LANGUAGES } from "../i18n/setup.ts";
import { useSession } from "../session/session.tsx";
import { ownZone } from "./shared/time-zones.ts";
import { paths } from "./paths.ts";
import { languageName } from "./shared/languages.ts";
import { blames, useProblemWords } from "./shared/problem.ts";
import { PublicFrame } from "./shared/PublicFrame.tsx";
import { useAct } from "./shared/resource.ts";
import { codeOf } from "./shared/transport.ts";

const FIELDS = ["code", "workspace_name", "name", "email", "password"] as const;

export function Setup() {
  const { t, i18n } = useTranslation("pages");
  const words = useProblemWords();
  const navigate = useNavigate();
  const { signedIn } = useSession();
  const { run, busy, refusal } = useAct();
  const [values, setValues] = useState({ code: codeOf(location.hash) ?? "", workspace_name: "", name: "", email: "", password: "", language: i18n.language as Language });
  const setup = useQuery({ queryKey: ["setup"], queryFn: () => http.get<{ needed: boolean }>("/api/v1/setup"), retry: false });
  if (setup.data && !setup.data.needed) return <Navigate to={paths.login} replace />;

  const error = (name: string) => (refusal && blames(refusal, `/${name}`) ? words(refusal) : null);
  const set = (name: keyof typeof values) => (value: string) => setValues((was) => ({ ...was, [name]: value }));
  const atNoField = refusal && !FIELDS.some((name) => blames(refusal, `/${name}`));
  async function begin() {
    const me = await run(() => make({ ...values, time_zone: ownZone() }));
    if (!me) return;
    signedIn(me);
    void navigate(paths.channels);
  }
  return (
    <PublicFrame title={t("setup.title")} lead={t("setup.lead")}>
      {atNoField && <Banner tone="bad">{words(refusal)}</Banner>}
      <form onSubmit={(event) => { event.preventDefault(); void begin(); }}>
        <Field label={t("setup.code")} help={t("setup.codeHelp")} value={values.code} onChange={set("code")} error={error("code")} mono autoComplete="off" isRequired autoFocus />
        <Field label={t("setup.workspace")} help={t("setup.workspaceHelp")} value={values.workspace_name} onChange={set("workspace_name")} error={error("workspace_name")} autoComplete="organization" isRequired />
        <Field label={t("setup.name")} value={values.name} onChange={set("name")} error={error("name")} autoComplete="name" isRequired />
        <Field label={t("email")} type="email" value={values.email} onChange={set("email")} error={error("email")} autoComplete="username" isRequired />
        <Field label={t("password")} type="password" help={t("passwordHelp")} value={values.password} onChange={set("password")} error={error("password")} autoComplete="new-password" isRequired reveal={[t("show"), t("hide")]} />
        <Select label={t("setup.language")} value={values.language} onChange={set("language")} options={LANGUAGES.map((id) => ({ id, label: languageName(id) }))} />
        <Button type="submit" variant="primary" isDisabled={busy || FIELDS.some((name) => !values[name].trim())}>{t("setup.do")}</Button>
      </form>
    </PublicFrame>
  );
}

/** A browser may name a time zone the server does not know; the workspace then begins in UTC, and an admin can choose. */
async function make(body: { time_zone?: string }): Promise<Me> {
  try {
    return await http.post<Me>("/api/v1/setup", body);
  } catch (thrown) {
    if (!blames(asRefusal(thrown), "/time_zone")) throw thrown;
    return http.post<Me>("/api/v1/setup", { ...body, time_zone: undefined });
  }
}

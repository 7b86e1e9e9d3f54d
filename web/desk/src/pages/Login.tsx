// Signing in: by e-mail and password, or by the one-use code a demo link carries in its fragment.
import type { Me } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { Field } from "@seaway/kit/Field";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { http } from "../api/http.ts";
import { useSession } from "../session/session.tsx";
import { paths } from "./paths.ts";
import { useProblemWords } from "./shared/problem.ts";
import { PublicFrame } from "./shared/PublicFrame.tsx";
import { useAct } from "./shared/resource.ts";
import { codeOf, isSafePlace, nextPlace } from "./shared/transport.ts";

export function Login() {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const { session, signedIn } = useSession();
  const [code] = useState(() => codeOf(location.hash));
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { run, busy, refusal } = useAct();
  const place = useLocation();
  const setup = useQuery({ queryKey: ["setup"], queryFn: () => http.get<{ needed: boolean }>("/api/v1/setup"), retry: false, enabled: code === null });

  async function enter(path: string, body: object) {
    const me = await run(() => http.post<Me>(path, body));
    if (me) signedIn(me);
    else setPassword("");
  }
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    // Read from the form: what a password manager filled in has not reached our state.
    const filled = new FormData(event.currentTarget);
    const [who, secret] = [String(filled.get("email") ?? "").trim(), String(filled.get("password") ?? "")];
    if (who && secret) void enter("/api/v1/session", { email: who, password: secret });
    else event.currentTarget.querySelector<HTMLInputElement>(who ? "[name=password]" : "[name=email]")?.focus();
  }
  const posted = useRef(false);
  useEffect(() => {
    if (!code || posted.current) return;
    posted.current = true; // A code works once; a second effect run must not burn the answer of the first.
    history.replaceState(history.state, "", location.pathname + location.search);
    void enter("/api/v1/session/code", { code });
  });

  if (session.phase === "signed-in" && !session.expired && !(code && busy)) return <Navigate to={nextPlace(place.state)} replace />;
  if (setup.data?.needed) return <Navigate to={paths.setup} replace />;
  const failed = session.phase === "failed" ? session.refusal : null;
  return (
    <PublicFrame title={t("login.title")} lead={code && busy ? t("login.withCode") : undefined}>
      {!isSafePlace(location) && <Banner tone="warn">{t("login.plainHttp", { host: location.hostname })}</Banner>}
      {(refusal ?? failed) && <Banner tone="bad">{words(refusal ?? failed)}</Banner>}
      <form onSubmit={submit}>
        <Field label={t("email")} type="email" name="email" autoComplete="username" value={email} onChange={setEmail} isRequired autoFocus={code === null} />
        <Field label={t("password")} type="password" name="password" autoComplete="current-password" value={password} onChange={setPassword} isRequired reveal={[t("show"), t("hide")]} />
        <Button type="submit" variant="primary" isDisabled={busy}>{busy ? t("login.busy") : t("login.do")}</Button>
      </form>
    </PublicFrame>
  );
}

// The session ended while somebody worked. Nothing is lost: sign in here, and all goes on where it was.
import type { Me } from "@seaway/api/types";
import { Button } from "@seaway/kit/Button";
import { Dialog } from "@seaway/kit/Dialog";
import { Field } from "@seaway/kit/Field";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { http } from "../api/http.ts";
import { useSession } from "../session/session.tsx";
import { sayRefusal } from "./refusal.ts";

export function SignInAgain({ email }: { email: string }) {
  const { t } = useTranslation();
  const { signedIn } = useSession();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [hidden, setHidden] = useState(false);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    try {
      signedIn(await http.post<Me>("/api/v1/session", { email, password }));
    } catch (thrown) {
      setError(sayRefusal(t, thrown));
    }
  }

  if (hidden) return <button type="button" className="pill again" onClick={() => setHidden(false)}>{t("again.title")}</button>;
  return (
    <Dialog title={t("again.title")} closeLabel={t("word.later")} isOpen onClose={() => setHidden(true)}>
      <form onSubmit={(event) => void submit(event)}>
        <p className="t2" style={{ marginBottom: 16 }}>{t("again.why", { email })}</p>
        <Field label={t("again.password")} type="password" autoComplete="current-password" autoFocus value={password} onChange={setPassword} error={error} />
        <Button type="submit" variant="primary">{t("again.signIn")}</Button>
      </form>
    </Dialog>
  );
}

// Who is signed in, and what they may do. The session is asked for once at boot and after every sign-in.
import type { Me, Permission, Preferences } from "@seaway/api/types";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { http, onSignedOut, setWorkspace, asRefusal, type Refusal } from "../api/http.ts";
import { setLanguage } from "../i18n/setup.ts";
import { askBrand } from "./brand.ts";
import { applyTheme } from "./theme.ts";

export type Session =
  | { phase: "asking" }
  | { phase: "signed-out" }
  | { phase: "failed"; refusal: Refusal }
  /** `expired`: the server forgot us while we worked; screens stay and ask to sign in again in place. */
  | { phase: "signed-in"; me: Me; expired: boolean };

interface SessionDoor {
  session: Session;
  /** Called by the log-in page with the answer of POST /session. */
  signedIn: (me: Me) => void;
  signOut: () => Promise<void>;
  ask: () => Promise<void>;
  savePreferences: (change: Preferences) => Promise<void>;
}

const Context = createContext<SessionDoor | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session>({ phase: "asking" });
  /** How often somebody signed in since the page was loaded. */
  const entries = useRef(0);

  const signedIn = useCallback((me: Me) => {
    setWorkspace(me.workspace.id);
    const language = me.preferences.language ?? me.user.language;
    localStorage.setItem("seaway.language", language);
    applyTheme(me.preferences.theme ?? "system");
    void askBrand(me.workspace.id).catch(() => undefined);
    void setLanguage(language);
    entries.current += 1;
    setSession({ phase: "signed-in", me, expired: false });
  }, []);

  const ask = useCallback(async () => {
    const before = entries.current;
    try {
      signedIn(await http.get<Me>("/api/v1/me"));
    } catch (thrown) {
      // Somebody signed in while this was asked: the answer is about a time before.
      if (entries.current !== before) return;
      const refusal = asRefusal(thrown);
      setSession(refusal.status === 401 ? { phase: "signed-out" } : { phase: "failed", refusal });
    }
  }, [signedIn]);

  useEffect(() => void ask(), [ask]);
  useEffect(() => onSignedOut(() => setSession((was) => (was.phase === "signed-in" ? { ...was, expired: true } : was))), []);

  const door = useMemo<SessionDoor>(
    () => ({
      session,
      signedIn,
      ask,
      signOut: async () => {
        await http.delete("/api/v1/session");
        setSession({ phase: "signed-out" });
      },
      savePreferences: async (change) => {
        setSession((was) => (was.phase === "signed-in" ? { ...was, me: { ...was.me, preferences: { ...was.me.preferences, ...change } } } : was));
        if (change.theme) applyTheme(change.theme);
        if (change.language) {
          localStorage.setItem("seaway.language", change.language);
          await setLanguage(change.language);
        }
        await http.patch<Preferences>("/api/v1/me/preferences", change);
      },
    }),
    [session, signedIn, ask],
  );
  return <Context value={door}>{children}</Context>;
}

export function useSession(): SessionDoor {
  const door = useContext(Context);
  if (!door) throw new Error("useSession outside SessionProvider");
  return door;
}

/** The signed-in user; only for screens behind the shell, which draws nothing before there is one. */
export function useMe(): Me {
  const { session } = useSession();
  if (session.phase !== "signed-in") throw new Error("useMe before sign-in");
  return session.me;
}

export function can(me: Me, permission: Permission): boolean {
  return me.permissions.some((granted) => granted.permission === permission);
}

export function useCan(permission: Permission): boolean {
  return can(useMe(), permission);
}

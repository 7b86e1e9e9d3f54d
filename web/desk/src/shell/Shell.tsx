// The frame of every signed-in place: nav on the water, work on the sheet, and what must be there anywhere (offers, keys, palette, toasts).
import { Button } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Toasts } from "@seaway/kit/Toast";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation } from "react-router";
import { KeySheet } from "../actions/KeySheet.tsx";
import { useKeys } from "../actions/use-actions.ts";
import { Lightbox } from "../conversation/Lightbox.tsx";
import { FloatingOffers } from "../offer/FloatingOffers.tsx";
import { Palette } from "../palette/Palette.tsx";
import { useSession } from "../session/session.tsx";
import { DeskProvider } from "../state/desk.tsx";
import { Ringer } from "../tabs/Ringer.tsx";
import { TransferDialog } from "../transfer/TransferDialog.tsx";
import { Announcer } from "./Announcer.tsx";
import { Nav } from "./Nav.tsx";
import { SignInAgain } from "./SignInAgain.tsx";
import { sayRefusal } from "./refusal.ts";
import { useUi } from "./ui.ts";
import "./shell.css";

export function Shell() {
  const { session, ask } = useSession();
  const location = useLocation();
  const { t } = useTranslation();
  if (session.phase === "signed-out") return <Navigate to="/login" replace state={{ from: location.pathname }} />;
  if (session.phase === "asking") return null;
  if (session.phase === "failed") {
    return (
      <main className="alone">
        <EmptyState kind="offline" title={t("boot.failed")} actions={<Button onPress={() => void ask()}>{t("word.again")}</Button>}>{sayRefusal(t, session.refusal)}</EmptyState>
      </main>
    );
  }
  return (
    <DeskProvider>
      <Frame />
      {session.expired && <SignInAgain email={session.me.user.email} />}
    </DeskProvider>
  );
}

function Frame() {
  const { t } = useTranslation();
  useKeys();
  const overlay = useUi((ui) => ui.overlay);
  const onDesk = useLocation().pathname.startsWith("/desk");
  return (
    <div className="app">
      <a className="skip" href="#work">{t("nav.skip")}</a>
      <Nav />
      <div className="work" id="work">
        <Outlet />
        {!onDesk && <FloatingOffers />}
      </div>
      {overlay === "palette" && <Palette />}
      {overlay === "keys" && <KeySheet />}
      {(overlay === "transfer" || overlay === "assign") && <TransferDialog kind={overlay} />}
      <Lightbox />
      <Ringer />
      <Announcer />
      <Toasts seconds={(n) => t("time.seconds", { n })} />
    </div>
  );
}

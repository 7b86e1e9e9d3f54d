// The desk: list, conversation, context. Below 900 px one of them at a time.
import { EmptyState } from "@seaway/kit/EmptyState";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { sayName } from "../contact/name.ts";
import { asRefusal, type Refusal } from "../api/http.ts";
import { ContextPane } from "../contact/ContextPane.tsx";
import { ConversationPane, OfflinePill } from "../conversation/ConversationPane.tsx";
import { sayRefusal } from "../shell/refusal.ts";
import { useUi } from "../shell/ui.ts";
import { useCommands } from "../state/commands.ts";
import { useDesk, useDeskState } from "../state/desk.tsx";
import { activeOf, offersOf } from "../state/select.ts";
import { TaskList } from "../task/TaskList.tsx";
import "./desk.css";

const NARROW = "(max-width: 899px)";
const SLIM = "(max-width: 1099px)";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

export function DeskPage() {
  const { conversation: id } = useParams();
  const narrow = useMedia(NARROW);
  const slim = useMedia(SLIM);
  const contextOpen = useUi((ui) => ui.contextOpen);
  const conversation = useDesk((state) => (id ? state.conversations[id] : undefined));
  const showContext = contextOpen && conversation !== undefined;
  const only = narrow ? (showContext ? "context" : id ? "conversation" : "list") : null;
  return (
    <main className={`sheet desk ${showContext ? "with-context" : ""} ${slim ? "slim" : ""} ${only ? `only only-${only}` : ""}`}>
      {(only === null || only === "list") && <TaskList chosen={id} />}
      {(only === null || only === "conversation") && (conversation ? <ConversationPane conversation={conversation} narrow={narrow} /> : <NoConversation id={id} />)}
      {showContext && (only === null || only === "context") && <ContextPane conversation={conversation} />}
    </main>
  );
}

/** Nothing chosen, or a conversation that has to be fetched first (an earlier one, or somebody else's). */
function NoConversation({ id }: { id: string | undefined }) {
  const { t } = useTranslation();
  const commands = useCommands();
  const ready = useDesk((state) => state.phase === "ready");
  const [refusal, setRefusal] = useState<{ id: string; refusal: Refusal } | null>(null);
  useEffect(() => {
    if (!id || !ready) return;
    let ended = false;
    commands.openConversation(id).catch((thrown: unknown) => !ended && setRefusal({ id, refusal: asRefusal(thrown) }));
    return () => {
      ended = true;
    };
  }, [id, ready, commands]);
  const failed = refusal && refusal.id === id ? refusal.refusal : null;
  return (
    <section className="pane conv" aria-label={t("log.label", { name: "" })} data-pane>
      <header className="head"><span className="grow" /><OfflinePill /></header>
      {failed ? <EmptyState kind={failed.status === 403 ? "notAllowed" : failed.status === 0 ? "offline" : "noMatch"} title={t("desk.cannotOpen")} actions={<Link className="btn" to="/desk">{t("desk.toList")}</Link>}>{sayRefusal(t, failed)}</EmptyState> : !id && ready && <Choose />}
    </section>
  );
}

function Choose() {
  const { t } = useTranslation();
  const state = useDeskState();
  const first = activeOf(state)[0];
  if (offersOf(state).length > 0) return <EmptyState kind="nothing" title={t("desk.offerWaits")}>{t("desk.offerWaitsWhy")}</EmptyState>;
  const open = first && <Link className="btn" to={`/desk/${first.id}`}>{t("desk.longest", { name: sayName(t, first.contact.name) })}</Link>;
  // Who waits stands first, so when the first does not wait nobody does.
  if (!first?.waiting_since) return <EmptyState kind="nothing" title={t("desk.quiet")} actions={open}>{t("desk.quietWhy")}</EmptyState>;
  return <EmptyState kind="done" title={t("desk.choose")} actions={open}>{t("desk.chooseWhy")}</EmptyState>;
}


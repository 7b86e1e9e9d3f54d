// Left pane: activity, offers, my open tasks by who waits longest, and those in wrap-up.
import type { Conversation } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { IconButton } from "@seaway/kit/IconButton";
import { Icon } from "@seaway/kit/Icon";
import { Skeleton } from "@seaway/kit/Skeleton";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { sayName } from "../contact/name.ts";
import { ActivityMenu } from "../activity/ActivityMenu.tsx";
import { MissedOffer } from "../activity/MissedOffer.tsx";
import { Offers } from "../offer/Offers.tsx";
import { sayRefusal } from "../shell/refusal.ts";
import { changeUi, useUi } from "../shell/ui.ts";
import { useDeskFailure, useDeskState, useLive } from "../state/desk.tsx";
import { activeOf, wrappingOf } from "../state/select.ts";
import { useStore } from "../state/store.ts";
import { soundState } from "../tabs/sound.ts";
import { TaskRow } from "./TaskRow.tsx";
import { useHeldOrder } from "./use-held-order.ts";
import { useMe } from "../session/session.tsx";
import "./task.css";

export function TaskList({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const active = activeOf(state);
  const wrapping = wrappingOf(state);
  return (
    <section className="pane list" aria-label={t("list.title")} data-pane>
      <header className="head">
        <h1>{t("list.title")}</h1>
        <span className="t3 num">{state.phase === "ready" ? active.length + wrapping.length : ""}</span>
        <span className="grow" />
        <ActivityMenu />
        <IconButton size="s" icon="filter" label={t("action.filter")} keys={["F"]} onPress={() => changeUi({ filter: "" })} />
      </header>
      <MissedOffer />
      <Offers />
      <Filter />
      <Rows active={active} wrapping={wrapping} chosen={chosen} />
      <SoundHint />
    </section>
  );
}

function Rows({ active, wrapping, chosen }: { active: Conversation[]; wrapping: Conversation[]; chosen: string | undefined }) {
  const { t } = useTranslation();
  const state = useDeskState();
  const failure = useDeskFailure();
  const live = useLive();
  const filter = useUi((ui) => ui.filter)?.trim().toLowerCase() ?? "";
  const [inside, setInside] = useState(false);
  const passes = (c: Conversation) => !filter || [sayName(t, c.contact.name), c.contact.address, c.last_message?.text ?? "", c.subject ?? "", c.channel.kind].some((text) => text.toLowerCase().includes(filter));
  const fresh = active.filter(passes);
  const held = useHeldOrder(fresh.map((c) => c.id), inside);
  if (failure && state.phase === "loading") {
    return <EmptyState kind="offline" title={t("list.failed")} actions={<Button onPress={() => void live.reload().catch(() => undefined)}>{t("word.again")}</Button>}>{sayRefusal(t, failure)}</EmptyState>;
  }
  if (state.phase === "loading") return <div className="scroll"><Skeleton label={t("word.loading")} /></div>;
  const byId = new Map(fresh.map((c) => [c.id, c]));
  const wraps = wrapping.filter(passes);
  if (fresh.length + wraps.length === 0) return <Nothing filtered={filter !== "" && active.length + wrapping.length > 0} />;
  return (
    <div className="scroll rows" onPointerEnter={(event) => event.pointerType === "mouse" && setInside(true)} onPointerLeave={() => setInside(false)}>
      {held.waiting > 0 && <button type="button" className="pill fresh" onClick={() => setInside(false)}><Icon name="up" size={14} />{t("list.new", { count: held.waiting })}</button>}
      {fresh.length > 0 && <Section title={t("list.active")} count={fresh.length}>{held.order.flatMap((id) => { const c = byId.get(id); return c ? [<TaskRow key={id} conversation={c} chosen={id === chosen} />] : []; })}</Section>}
      {wraps.length > 0 && <Section title={t("list.wrapping")} count={wraps.length}>{wraps.map((c) => <TaskRow key={c.id} conversation={c} chosen={c.id === chosen} />)}</Section>}
    </div>
  );
}

function Section({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="sect"><b>{title}</b><span className="num">{count}</span></h2>
      <ul>{children}</ul>
    </section>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation();
  const state = useDeskState();
  if (filtered) return <EmptyState kind="noMatch" title={t("list.noMatch")} actions={<Button onPress={() => changeUi({ filter: null })} keys={["Esc"]}>{t("list.clear")}</Button>} />;
  if (Object.keys(state.reservations).length > 0) return <div className="scroll" />;
  if (!state.worker) return <EmptyState kind="notAllowed" title={t("list.noWorker")} actions={<Link className="btn" to="/board">{t("place.board")}</Link>}>{t("list.noWorkerWhy")}</EmptyState>;
  if (!state.worker.activity.available) return <EmptyState kind="nothing" title={t("list.away")}>{t("list.awayWhy")}</EmptyState>;
  return <EmptyState kind="done" title={t("list.nothing")}>{t("list.nothingWhy")}</EmptyState>;
}

function Filter() {
  const { t } = useTranslation();
  const filter = useUi((ui) => ui.filter);
  if (filter === null) return null;
  return (
    <div className="filter">
      <div className="field">
        <Icon name="filter" size={14} className="t3" />
        <input autoFocus aria-label={t("action.filter")} placeholder={t("list.filterHint")} value={filter} onChange={(event) => changeUi({ filter: event.target.value })}
          onKeyDown={(event) => event.key === "Escape" && changeUi({ filter: null })} />
        <IconButton size="s" icon="x" label={t("list.clear")} onPress={() => changeUi({ filter: null })} />
      </div>
    </div>
  );
}

/** Until the first click of the day the browser keeps us silent; that must not be a surprise. */
function SoundHint() {
  const { t } = useTranslation();
  const { unlocked } = useStore(soundState, (state) => state);
  const wanted = useMe().preferences.sound !== false;
  if (unlocked || !wanted) return null;
  return <div className="hintline"><Banner tone="acc" icon="sound">{t("activity.locked")}</Banner></div>;
}

// What a supervisor does to a task: give it to somebody, move it to another queue, put it back in line, close it. Closing asks first: it cannot be taken back.
import type { Board, BoardTask, TaskQueue } from "@seaway/api/types";
import { Banner } from "@seaway/kit/Banner";
import { Button } from "@seaway/kit/Button";
import { ComboBox } from "@seaway/kit/ComboBox";
import { Dialog } from "@seaway/kit/Dialog";
import { IconButton } from "@seaway/kit/IconButton";
import { Menu } from "@seaway/kit/Menu";
import { toast } from "@seaway/kit/toasts";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { can, useMe } from "../../session/session.tsx";
import { problemWords, useProblemWords } from "../shared/problem.ts";
import { useAct, useAll, useForget, useOne } from "../shared/resource.ts";
import { useSettled } from "../shared/settled.ts";
import { boardPath, FIRST } from "./asked.ts";
import { ending, FOUND, kindOf, othersFound } from "./hands.ts";
import { nameOf } from "./Tasks.tsx";
import { WhyDialog } from "./WhyDialog.tsx";

interface TaskActions { why: (task: BoardTask) => void; assign: (task: BoardTask) => void; move: (task: BoardTask) => void; requeue: (task: BoardTask) => void; close: (task: BoardTask) => void; open: (task: BoardTask) => void; mayMove: boolean; mayClose: boolean }
const Context = createContext<TaskActions | null>(null);

export function TaskActionsProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation("pages");
  const me = useMe();
  const navigate = useNavigate();
  const forget = useForget();
  const [assigning, setAssigning] = useState<BoardTask | null>(null);
  const [moving, setMoving] = useState<BoardTask | null>(null);
  const [closing, setClosing] = useState<BoardTask | null>(null);
  const [asked, setAsked] = useState<BoardTask | null>(null);
  const actions = useMemo<TaskActions>(() => ({
    why: setAsked,
    assign: setAssigning,
    move: setMoving,
    close: setClosing,
    open: (task) => void (task.conversation_id && navigate(`/desk/${task.conversation_id}`)),
    requeue: (task) => void http.post(ws(`/tasks/${task.id}/requeue`)).then(() => { toast(t("board.requeued", { name: nameOf(t, task) })); return forget("/board"); }, (thrown: unknown) => toast(problemWords(thrown))),
    mayMove: can(me, "task.reassign"),
    mayClose: can(me, "conversation.close"),
  }), [me, navigate, forget, t]);
  return (
    <Context value={actions}>
      {children}
      {assigning && <Assign task={assigning} onClose={() => setAssigning(null)} />}
      {moving && <Move task={moving} onClose={() => setMoving(null)} />}
      {asked && <WhyDialog task={asked} onClose={() => setAsked(null)} />}
      {closing && <Close task={closing} onClose={() => setClosing(null)} />}
    </Context>
  );
}

function useActions(): TaskActions {
  const actions = useContext(Context);
  if (!actions) throw new Error("Task actions outside TaskActionsProvider");
  return actions;
}

export function TaskMenu({ task }: { task: BoardTask }) {
  const { t } = useTranslation("pages");
  const actions = useActions();
  const label = t("board.actionsFor", { name: nameOf(t, task) });
  return <Menu label={label} trigger={<IconButton size="s" icon="more" label={label} />} entries={[
    ...(task.conversation_id ? [{ id: "open", label: t("board.read"), icon: "eye" as const, onAction: () => actions.open(task) }] : []),
    { id: "why", label: t(task.status === "pending" || task.status === "reserved" ? "board.whyWaits" : "board.why.reasons"), icon: "route", onAction: () => actions.why(task) },
    { id: "assign", label: t("board.assign"), icon: "forward", isDisabled: !actions.mayMove, onAction: () => actions.assign(task) },
    { id: "move", label: t("board.move"), icon: "right", isDisabled: !actions.mayMove, onAction: () => actions.move(task) },
    { id: "requeue", label: t("board.requeue"), icon: "refresh", isDisabled: !actions.mayMove, onAction: () => actions.requeue(task) },
    { id: "close", label: t(`board.${kindOf(task)}.close`), icon: "x", danger: true, line: true, isDisabled: !(task.conversation_id ? actions.mayClose : actions.mayMove), onAction: () => actions.close(task) },
  ]} />;
}

export function TaskButtons({ task }: { task: BoardTask }) {
  const { t } = useTranslation("pages");
  const actions = useActions();
  return (
    <div className="row">
      {actions.mayMove && <Button size="s" onPress={() => actions.assign(task)}>{t("board.assign")}</Button>}
      {task.conversation_id && <Button size="s" variant="ghost" onPress={() => actions.open(task)}>{t("board.read")}</Button>}
    </div>
  );
}

function Assign({ task, onClose }: { task: BoardTask; onClose: () => void }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [worker, setWorker] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  const agent = useSettled(typed, 200);
  // Among very many the server finds those whose name holds what is typed.
  const found = useOne<Board>(boardPath({ ...FIRST, agent }, FOUND));
  const options = (found.data?.workers ?? []).map((one) => ({ id: one.id, label: one.name, description: [one.state === "offline" ? t("board.noDesk") : sayActivity(t, one.activity.name), t("board.loadOf", { open: one.open, capacity: one.capacity })].join(" · ") }));
  async function assign() {
    const done = await run(() => http.post(ws(`/tasks/${task.id}/assign`), { worker_id: worker }));
    if (done === null) return;
    toast(t("board.assigned", { name: nameOf(t, task), agent: options.find((one) => one.id === worker)?.label ?? "" }));
    await forget("/board");
    onClose();
  }
  return (
    <Dialog title={t("board.assignTitle", { name: nameOf(t, task) })} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={!worker || busy} onPress={() => void assign()}>{t("board.assignDo")}</Button></>}>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <ComboBox label={t("board.agent")} help={t("board.assignHelp")} options={options} value={worker} onChange={setWorker} onType={setTyped} noMatch={t("board.noSuchAgent")} autoFocus />
    </Dialog>
  );
}

function Move({ task, onClose }: { task: BoardTask; onClose: () => void }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const [queue, setQueue] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  const queues = useAll<TaskQueue>("/task-queues");
  const options = othersFound(queues.data ?? [], task.queue?.id ?? null, typed);
  async function move() {
    const done = await run(() => http.post(ws(`/tasks/${task.id}/transfer`), { queue_id: queue }));
    if (done === null) return;
    toast(t("board.moved", { name: nameOf(t, task), queue: queues.data?.find((one) => one.id === queue)?.name ?? "" }));
    await forget("/board");
    onClose();
  }
  const wrong = refusal ?? queues.error;
  return (
    <Dialog title={t("board.moveTitle", { name: nameOf(t, task) })} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={!queue || busy} onPress={() => void move()}>{t("board.moveDo")}</Button></>}>
      {wrong && <Banner tone="bad" round>{words(wrong)}</Banner>}
      <ComboBox label={t("board.queue")} help={t("board.moveHelp")} options={options} value={queue} onChange={setQueue} onType={setTyped} noMatch={t(queues.isPending ? "loading" : "board.noSuchQueue")} autoFocus />
    </Dialog>
  );
}

function Close({ task, onClose }: { task: BoardTask; onClose: () => void }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const forget = useForget();
  const { run, busy, refusal } = useAct();
  const kind = kindOf(task);
  async function close() {
    const { path, body } = ending(task);
    const done = await run(() => http.post(ws(path), body));
    if (done === null) return;
    toast(t(`board.${kind}.closed`, { name: nameOf(t, task) }));
    await forget("/board");
    onClose();
  }
  return (
    <Dialog role="alertdialog" title={t(`board.${kind}.closeTitle`, { name: nameOf(t, task) })} closeLabel={t("close")} isOpen onClose={onClose} foot={<><Button variant="ghost" onPress={onClose}>{t("cancel")}</Button><Button variant="primary" isDisabled={busy} onPress={() => void close()}>{t(`board.${kind}.close`)}</Button></>}>
      {refusal && <Banner tone="bad" round>{words(refusal)}</Banner>}
      <p>{t(`board.${kind}.closeText`)}</p>
    </Dialog>
  );
}

// Kinds of work that agents have a capacity for, and which kinds keep each other away.
import type { TaskChannel } from "@seaway/api/types";
import { ChannelMark } from "@seaway/kit/ChannelMark";
import { Checkbox } from "@seaway/kit/Checkbox";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { PageHead } from "@seaway/kit/PageHead";
import { Switch } from "@seaway/kit/Switch";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { Needs } from "../../pages/NotAllowed.tsx";
import { paths } from "../../pages/paths.ts";
import { useAll } from "../../pages/shared/resource.ts";
import { RemoveForGood } from "../shared/Remove.tsx";
import { SaveBar } from "../shared/SaveBar.tsx";
import { NEW, Workbench } from "../shared/Workbench.tsx";
import { useItemForm } from "../shared/item-form.ts";
import { RoutingTabs } from "./RoutingTabs.tsx";

const to = (id: string) => (id ? `${paths.taskChannels}/${id}` : paths.taskChannels);
/** Every workspace has these. */
const BUILT_IN = ["default", "voice", "chat", "sms", "video", "email"];

/** A channel that nobody named yet is called as agents know it. */
export function sayTaskChannel(t: TFunction, row: Pick<TaskChannel, "name" | "unique_name">): string {
  return row.name === row.unique_name ? t(`channel.${row.unique_name}`, { defaultValue: row.name }) : row.name;
}

export function TaskChannels() {
  const { t } = useTranslation("admin");
  return <Needs permission="routing.manage" title={t("taskChannels.title")}><Sheet /></Needs>;
}

function Sheet() {
  const { t } = useTranslation("admin");
  const { id } = useParams();
  const rows = useAll<TaskChannel>("/task-channels");
  return (
    <Workbench title={t("taskChannels.short")} to={to} query={rows} chosen={id} addLabel={t("new")} above={<RoutingTabs />}
      row={(row) => ({ id: row.id, name: sayTaskChannel(t, row), sub: sayRules(t, row, rows.data ?? []), start: <ChannelMark kind={row.unique_name === "chat" ? "webchat" : row.unique_name} name="" /> })}
      empty={<EmptyState kind="nothing" title={t("taskChannels.none")}>{t("taskChannels.noneText")}</EmptyState>}>
      {(row) => <TaskChannelForm key={row?.id ?? NEW} row={row} all={rows.data ?? []} />}
    </Workbench>
  );
}

function sayRules(t: TFunction, row: TaskChannel, all: readonly TaskChannel[]): string {
  const names = row.held_off_by.map((name) => sayTaskChannel(t, all.find((one) => one.unique_name === name) ?? { name, unique_name: name }));
  return names.length > 0 ? t("taskChannels.notDuring", { names: names.join(", ") }) : row.unique_name;
}

function TaskChannelForm({ row, all }: { row: TaskChannel | null; all: readonly TaskChannel[] }) {
  const { t } = useTranslation("admin");
  const form = useItemForm<TaskChannel>({ path: "/task-channels", item: row, to, blank: { unique_name: "", name: "", channel_optimized_routing: false, held_off_by: [] } });
  const { values } = form;
  const others = all.filter((one) => one.unique_name !== values.unique_name);
  const toggle = (name: string, on: boolean) => form.set("held_off_by", on ? [...values.held_off_by, name] : values.held_off_by.filter((one) => one !== name));
  const title = row ? sayTaskChannel(t, row) : t("taskChannels.new");
  return (
    <section className="pane" aria-label={title}>
      <PageHead title={title} level={2} note={row ? row.unique_name : undefined} back={{ href: paths.taskChannels, label: t("back") }}>
        {row && !BUILT_IN.includes(row.unique_name) && <RemoveForGood path="/task-channels" item={row} name={title} text={t("taskChannels.deleteText")} back={paths.taskChannels} />}
      </PageHead>
      <div className="scroll"><div className="form">
        <Field label={t("name")} value={values.name} onChange={(name) => form.set("name", name)} error={form.errorOf("/name")} autoFocus={!row} />
        {!row && <Field label={t("taskChannels.unique")} help={t("taskChannels.uniqueHelp")} value={values.unique_name} onChange={(name) => form.set("unique_name", name.trim())} error={form.errorOf("/unique_name")} />}
        <div className="f"><Switch isSelected={values.channel_optimized_routing} onChange={(on) => form.set("channel_optimized_routing", on)} help={t("taskChannels.optimizedHelp")}>{t("taskChannels.optimized")}</Switch></div>
        <div className="f" role="group" aria-label={t("taskChannels.heldOff")}>
          <span className="label">{t("taskChannels.heldOff")}</span>
          <div className="boxes">{others.map((one) => <Checkbox key={one.id} isSelected={values.held_off_by.includes(one.unique_name)} onChange={(on) => toggle(one.unique_name, on)}>{sayTaskChannel(t, one)}</Checkbox>)}</div>
          <p className="help">{t("taskChannels.heldOffHelp")}</p>
          {form.errorOf("/held_off_by") && <p className="fix">{form.errorOf("/held_off_by")}</p>}
        </div>
      </div></div>
      <SaveBar form={form} cannot={!values.name.trim() ? t("nameMissing") : !row && !values.unique_name ? t("taskChannels.uniqueMissing") : null} />
    </section>
  );
}

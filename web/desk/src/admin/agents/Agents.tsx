// All agents as one table: found by name, skill, queue and activity, ticked, and changed together; out as CSV and in again.
import type { Activity, TaskQueue, Worker, WorkerTable } from "@seaway/api/types";
import { Avatar } from "@seaway/kit/Avatar";
import { Button, ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Field } from "@seaway/kit/Field";
import { Icon } from "@seaway/kit/Icon";
import { IconButton } from "@seaway/kit/IconButton";
import { Select } from "@seaway/kit/Select";
import { Skeleton } from "@seaway/kit/Skeleton";
import { Table } from "@seaway/kit/Table";
import { PageHead } from "@seaway/kit/PageHead";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sayActivity } from "../../activity/activity-name.ts";
import { http, ws } from "../../api/http.ts";
import { Needs } from "../../pages/NotAllowed.tsx";
import { Failed } from "../../pages/shared/Loaded.tsx";
import { usePageTitle } from "../../pages/shared/Page.tsx";
import { useAll } from "../../pages/shared/resource.ts";
import { useSettled } from "../../pages/shared/settled.ts";
import { PeopleTabs } from "../people/PeopleTabs.tsx";
import { languageName } from "../../pages/shared/languages.ts";
import { readSkills } from "../people/skills.ts";
import { BulkEdit } from "./BulkEdit.tsx";
import { NO_FILTER, tablePath, whoOf, type Filter } from "./bulk.ts";
import { Import } from "./Import.tsx";
import "../shared/admin.css";
import "./agents.css";

/** Rows of one page: what a reader scrolls through without waiting. */
const ROWS = 100;
const ANY = "any";

export function Agents() {
  const { t } = useTranslation("admin");
  return <Needs permission="worker.manage" title={t("agents.title")}><AgentsSheet /></Needs>;
}

function AgentsSheet() {
  const { t, i18n } = useTranslation("admin");
  usePageTitle(t("agents.title"));
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [page, setPage] = useState(0);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [everybody, setEverybody] = useState(false);
  const [open, setOpen] = useState<"import" | "edit" | null>(null);
  const search = useSettled(filter.search, 200);
  const path = tablePath({ ...filter, search }, page, ROWS);
  const query = useQuery({ queryKey: ["ws", "workers", "table", path], queryFn: ({ signal }) => http.get<WorkerTable>(ws(path), { signal }), placeholderData: keepPreviousData, retry: false });
  const table = query.data;
  const queues = useAll<TaskQueue>("/task-queues");
  const activities = useAll<Activity>("/activities");
  const number = (value: number) => value.toLocaleString(i18n.language);
  const clear = () => { setTicked(new Set()); setEverybody(false); };
  const narrow = (part: Partial<Filter>) => { setFilter({ ...filter, ...part }); setPage(0); clear(); };
  const tick = (keys: ReadonlySet<string>) => { setTicked(keys); setEverybody(false); };
  const count = everybody ? (table?.total ?? 0) : ticked.size;
  const choices = (list: readonly { id: string; label: string }[], any: string) => [{ id: ANY, label: any }, ...list];
  const pick = (id: string) => (id === ANY ? "" : id);
  const separator = i18n.language === "de" ? "semicolon" : "comma";
  return (
    <main className="sheet">
      <section className="pane agents" aria-label={t("agents.title")}>
        <PageHead title={t("agents.title")} count={table?.all}>
          <ButtonLink size="s" variant="ghost" icon="download" href={ws(`/workers.csv?bom=true&separator=${separator}`)} download="agents.csv"><span className="word">{t("agents.export")}</span></ButtonLink>
          <Button size="s" icon="upload" onPress={() => setOpen("import")}>{t("agents.import")}</Button>
        </PageHead>
        <PeopleTabs />
        <div className="filters" role="search" aria-label={t("agents.filter")}>
          <Field label={t("agents.search")} hideLabel type="search" placeholder={t("agents.search")} value={filter.search} onChange={(text) => narrow({ search: text })} start={<Icon name="search" className="t3" />} />
          <Select label={t("agents.skill")} hideLabel value={filter.skill || ANY} onChange={(id) => narrow({ skill: pick(id) })} options={choices((table?.skills ?? []).map((skill) => ({ id: skill.name, label: skill.name, description: t("agents.count", { count: skill.workers }) })), t("agents.anySkill"))} />
          <Select label={t("agents.queue")} hideLabel value={filter.queue || ANY} onChange={(id) => narrow({ queue: pick(id) })} options={choices((queues.data ?? []).map((queue) => ({ id: queue.id, label: queue.name })), t("agents.anyQueue"))} />
          <Select label={t("agents.activity")} hideLabel value={filter.activity || ANY} onChange={(id) => narrow({ activity: pick(id) })} options={choices((activities.data ?? []).map((one) => ({ id: one.id, label: sayActivity(t, one.name) })), t("agents.anyActivity"))} />
        </div>
        <div className="scroll">
          {query.error && !table && <Failed thrown={query.error} retry={() => void query.refetch()} />}
          {!table && !query.error && <Skeleton label={t("loading")} />}
          {table?.all === 0 && <EmptyState kind="nothing" title={t("agents.none")}>{t("agents.noneText")}</EmptyState>}
          {table && table.all > 0 && table.total === 0 && <EmptyState kind="noMatch" title={t("agents.noMatch")} actions={<Button size="s" onPress={() => narrow(NO_FILTER)}>{t("agents.clearFilter")}</Button>}>{t("agents.noMatchText")}</EmptyState>}
          {table && table.total > 0 && <AgentRows workers={table.items} ticked={everybody ? new Set(table.items.map((one) => one.id)) : ticked} onTick={tick} />}
        </div>
        {table && table.total > 0 && (
          <footer className="agentfoot">
            <span className="grow row" role="status">
              {count > 0 && <strong className="strong">{t("agents.ticked", { count, number: number(count) })}</strong>}
              {count > 0 && !everybody && ticked.size < table.total && <Button size="s" variant="ghost" onPress={() => setEverybody(true)}>{t("agents.tickAll", { count: table.total, number: number(table.total) })}</Button>}
              {count > 0 && <Button size="s" variant="ghost" onPress={clear}>{t("agents.untick")}</Button>}
              {count === 0 && <span className="t3">{t("agents.tickHint")}</span>}
            </span>
            {table.total > ROWS && (
              <span className="row pager">
                <span className="t2 num">{t("agents.range", { from: number(page * ROWS + 1), to: number(Math.min((page + 1) * ROWS, table.total)), total: number(table.total) })}</span>
                <IconButton size="s" icon="left" label={t("agents.before")} isDisabled={page === 0} onPress={() => setPage(page - 1)} />
                <IconButton size="s" icon="right" label={t("agents.next")} isDisabled={(page + 1) * ROWS >= table.total} onPress={() => setPage(page + 1)} />
              </span>
            )}
            <Button variant="primary" isDisabled={count === 0} onPress={() => setOpen("edit")}>{t("agents.change")}</Button>
          </footer>
        )}
      </section>
      {open === "edit" && <BulkEdit who={whoOf(filter, ticked, everybody)} count={count} skills={table?.skills ?? []} activities={activities.data ?? []} channels={[...new Set((table?.items ?? []).flatMap((one) => one.channels.map((channel) => channel.channel)))]} onClose={() => setOpen(null)} onDone={() => { setOpen(null); clear(); }} />}
      {open === "import" && <Import onClose={() => setOpen(null)} />}
    </main>
  );
}

function AgentRows({ workers, ticked, onTick }: { workers: readonly Worker[]; ticked: ReadonlySet<string>; onTick: (keys: ReadonlySet<string>) => void }) {
  const { t } = useTranslation("admin");
  const channelWord = (channel: string) => t(`channel.${channel}`, { defaultValue: channel });
  return (
    <Table label={t("agents.title")} rows={workers} rowId={(one) => one.id} rowText={(one) => one.name} ticks={{ keys: ticked, onChange: onTick, label: t("agents.tick") }} columns={[
      { id: "name", title: t("name"), className: "nm", cell: (one) => <span className="who"><Avatar name={one.name} size={24} presence={one.connected || one.user_id === null ? (one.activity.available ? "on" : "busy") : "off"} /><span className="strong cut" title={one.name} dir="auto">{one.name}</span></span> },
      { id: "activity", title: t("agents.activity"), className: "act", cell: (one) => <span className="cut" title={sayActivity(t, one.activity.name)}>{sayActivity(t, one.activity.name)}</span> },
      { id: "skills", title: t("agents.skills"), text: "cut", cell: (one) => <Skills attributes={one.attributes} /> },
      { id: "capacity", title: t("agents.capacity"), className: "opt cap", text: "cut", cell: (one) => { const said = one.channels.map((channel) => `${channelWord(channel.channel)} ${channel.available ? channel.capacity : "–"}`).join(" · "); return <span className="t2 num" title={said}>{said}</span>; } },
    ]} />
  );
}

function Skills({ attributes }: { attributes: string }) {
  const { t } = useTranslation("admin");
  const { skills, languages } = readSkills(attributes) ?? { skills: [], languages: [] };
  const parts = [...skills.map(({ name, level }) => ({ key: name, name, level })), ...languages.map((tag) => ({ key: `language ${tag}`, name: languageName(tag), level: null }))];
  if (parts.length === 0) return <span className="t3">{t("agents.noSkills")}</span>;
  const said = parts.map(({ name, level }) => (level === null ? name : `${name} ${level}`)).join(" · ");
  return <span title={said} dir="auto">{parts.map(({ key, name, level }, at) => <span key={key}>{at > 0 && <span className="t3"> · </span>}{name}{level !== null && <span className="t3 num"> {level}</span>}</span>)}</span>;
}

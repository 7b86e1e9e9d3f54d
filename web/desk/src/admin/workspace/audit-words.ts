// A row of the audit log in words: what was done, to what it was done with the page that shows it, and the particulars.
import type { AuditRow } from "@seaway/api/types";
import type { TFunction } from "i18next";
import { sayName } from "../../contact/name.ts";
import { paths } from "../../pages/paths.ts";

export interface Subject { text: string; to: string | null }

/** "flow.published" → "Flow published". */
export function sayAction(t: TFunction, action: string): string {
  return t(`audit.actions.${action}`, { defaultValue: action });
}

/** Names of things that are gone, from the rows that tell of their end. */
export function namesOfGone(rows: readonly AuditRow[]): Map<string, string> {
  const ends = rows.filter((row) => /\.(deleted|revoked)$/.test(row.action) && row.detail !== "");
  return new Map(ends.map((row) => [row.subject, row.detail]));
}

export function saySubject(t: TFunction, row: AuditRow, gone: ReadonlyMap<string, string>): Subject {
  if (row.subject.startsWith("WS")) return { text: t("audit.workspace"), to: paths.workspace };
  const known = row.named.find((one) => one.id === row.subject);
  if (known) return { text: nameOf(t, row.subject, known.name), to: known.page && pageOf(row.subject, known.page) };
  return { text: gone.get(row.subject) ?? t("audit.gone"), to: null };
}

export function sayActor(t: TFunction, row: AuditRow): string {
  if (row.actor === "operator" || row.actor === "system") return t(`audit.${row.actor}`);
  const key = row.named.find((one) => one.id === row.actor);
  if (key) return t("audit.key", { name: key.name });
  return /^(SK|AC)[0-9a-f]{32}$/.test(row.actor) ? t("audit.someKey") : row.actor;
}

/** The particulars that the first three columns do not tell. */
export function sayDetail(t: TFunction, row: AuditRow): string {
  const revision = /^revision (\d+)$/.exec(row.detail)?.[1];
  if (revision) return t("audit.revision", { revision });
  const many = /^(\d+) changed, (\d+) new$/.exec(row.detail);
  if (many) return t("audit.changedNew", { changed: many[1], made: many[2] });
  if (/\.(deleted|revoked)$/.test(row.action)) return "";
  if (/^(member|key)\./.test(row.action)) return row.detail.split(", ").map((role) => t(`people.role.${role}`, { defaultValue: role })).join(", ");
  if (row.action === "task.canceled" || row.action === "conversation.closed") return t(`audit.reason.${row.detail}`, { defaultValue: row.detail });
  const named = row.named.filter((one) => one.id !== row.subject && row.detail.includes(one.id)).map((one) => nameOf(t, one.id, one.name));
  if (row.action === "webhook.switched_off") return t(`webhooks.off.${row.detail}`, { defaultValue: row.detail });
  if (row.action === "task.transferred" && row.detail === "flow") return t("audit.toFlow");
  if (row.action === "task.assigned" || row.action === "task.transferred") return named.length > 0 ? t("audit.to", { name: named[0] }) : "";
  if (row.action === "contact.joined") return named.join(" + ");
  if (row.action === "worker.activity_set") return named.join("");
  if (row.action.startsWith("custom_field.")) return row.detail.split(" -> ").map((kind) => t(`fields.kinds.${kind}`, { defaultValue: kind })).join(" → ");
  if (row.action === "channel_account.created") return t(`channels.about.${row.detail}`, { defaultValue: row.detail });
  return row.detail;
}

/** Customers may have no name, and are then called as everywhere. */
function nameOf(t: TFunction, id: string, name: string): string {
  return /^(WT|CH|IM|KC|KU)/.test(id) ? sayName(t, name) : name;
}

function pageOf(id: string, page: string): string | null {
  const place: Record<string, string> = {
    US: `${paths.people}/${page}`, WK: `${paths.people}/${page}`, WQ: `${paths.queues}/${page}`, WW: `${paths.workflows}/${page}`, TC: `${paths.taskChannels}/${page}`, KH: `${paths.hours}/${page}`, FW: `${paths.flows}/${page}`,
    KA: `${paths.channels}/${page}`, KX: `${paths.fields}/${page}`, KW: `${paths.webhooks}/${page}`, KY: `${paths.webhooks}/${page}`, KR: `${paths.replies}/${page}`, KQ: `${paths.answers}/questions/${page}`, KF: `${paths.answers}/facts/${page}`,
    WT: `/desk/${page}`, CH: `/desk/${page}`, IM: `/desk/${page}`, KC: paths.contact(page), KU: paths.contact(page),
  };
  return place[id.slice(0, 2)] ?? null;
}

// "Why this agent", in one line and in full. The router speaks in expressions; what they ask for stands in their quotes.
import type { Reservation } from "@seaway/api/types";
import i18next, { type TFunction } from "i18next";

interface Reason { rule: string; detail: string }
type Why = Reservation["why"];

/**
 * The values an expression asks for, languages by their name: `languages HAS 'ko' AND vip == true` → "Korean".
 * What it takes from the task stands in the task's attributes: `task.language IN worker.languages` → "German".
 */
export function wanted(expression: string, reader: string, attributes: Record<string, unknown> = {}): string[] {
  const values = [...expression.matchAll(/'([^']*)'|"([^"]*)"|\btask\.(\w+)/g)].map((m) => m[1] ?? m[2] ?? attributes[m[3] ?? ""]);
  return values.filter((value) => typeof value === "string" && value !== "").map((value) => languageName(value as string, reader) ?? (value as string));
}

function attributesOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function languageName(code: string, reader: string): string | null {
  if (!/^[a-z]{2}$/.test(code)) return null;
  return new Intl.DisplayNames([reader], { type: "language", fallback: "none" }).of(code) ?? null;
}

/** What decided: the workflow's filter and the queue, the skills asked for, then the order where others could have had it. That somebody is available and has room goes without saying. */
export function whyLine(t: TFunction, why: Why, reader: string, attributes = "{}"): string {
  const skills = why.chosen.filter((reason) => reason.rule === "skill");
  const values = [...new Set(skills.flatMap((reason) => wanted(reason.detail, reader, attributesOf(attributes))))];
  const parts = [values.join(", ")].filter(Boolean);
  if (skills.some((reason) => reason.detail === "asked for directly")) parts.push(t("why.direct"));
  if (skills.some((reason) => reason.detail.startsWith("known worker"))) parts.push(t("why.known"));
  const said = parts.length > 0;
  const ordered = why.chosen.some((reason) => reason.rule === "order");
  if (ordered && (!said || why.others.some((other) => other.rule === "order"))) parts.push(sayOrder(t, "why", orderOf(why)));
  return [sayBrought(t, why), parts.join(". ")].filter(Boolean).join(": ");
}

/** By which of the workflow's filters it came, and through which queue; one word where both are called the same. */
function sayBrought(t: TFunction, { filter, queue }: Why): string {
  if (filter && queue && filter !== queue) return t("why.brought", { filter, queue });
  return filter ? t("why.filter", { filter }) : queue ? t("why.queue", { queue }) : "";
}

/** Every reason, and every colleague with theirs; for the tooltip. */
export function whyInFull(t: TFunction, why: Why): string {
  const order = orderOf(why);
  // Where a workflow orders, having been free longest only breaks a tie.
  const chosen = order === null ? why.chosen : why.chosen.filter((reason) => reason.rule !== "order" || reason.detail === order);
  const others = why.others.map((other) => `${other.name}: ${line(t, "whyNot", other, order)}`);
  const counted = why.counted.map(({ rule, workers }) => t("whyNot.counted", { reason: line(t, "whyNot", { rule, detail: "" }, order), workers }));
  return [sayBrought(t, why), ...chosen.map((reason) => line(t, "why", reason, order)), ...others, ...counted].filter(Boolean).join("\n");
}

/** What the router writes down when nothing but the time without work orders the agents, and what breaks a tie otherwise. */
const LONGEST_IDLE = /^longest idle: \d+ s$/;

/** The expression the workflow orders agents by, e.g. "worker.skills.sales DESC"; null for the default, who is free longest. */
function orderOf(why: Why): string | null {
  return why.chosen.find((reason) => reason.rule === "order" && reason.detail !== "" && !LONGEST_IDLE.test(reason.detail))?.detail ?? null;
}

function sayOrder(t: TFunction, group: "why" | "whyNot", order: string | null): string {
  return order === null ? t(`${group}.order`) : t(`${group}.orderBy`, { order });
}

function line(t: TFunction, group: "why" | "whyNot", reason: Reason, order: string | null): string {
  if (reason.rule === "order" && order !== null) return sayOrder(t, group, order);
  const key = `${group}.${reason.rule}`;
  const words = i18next.exists(key) ? t(key) : reason.rule;
  return reason.detail ? `${words} (${reason.detail})` : words;
}

// What the workspace keeps of the contact and the task at hand.
import type { CustomField, Person, Task } from "@seaway/api/types";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { http, ws } from "../api/http.ts";
import { useCommands } from "../state/commands.ts";
import { attributeOf } from "./field-words.ts";
import { FieldRows } from "./FieldRows.tsx";

const FRESH_MS = 60_000;

export function useFields(subject: CustomField["subject"]): readonly CustomField[] {
  const fields = useQuery({ queryKey: ["ws", "custom-fields"], staleTime: FRESH_MS, queryFn: ({ signal }) => http.get<{ items: CustomField[] }>(ws("/custom-fields"), { signal }) });
  return (fields.data?.items ?? []).filter((field) => field.subject === subject);
}

export function ContactFields({ person, mayWrite }: { person: Person; mayWrite: boolean }) {
  const commands = useCommands();
  const queries = useQueryClient();
  return <PersonFields person={person} mayWrite={mayWrite} save={async (key, value) => { await (value ? commands.setFact(person.id, key, value) : commands.removeFact(person.id, key)); await queries.invalidateQueries({ queryKey: ["person", person.id] }); }} />;
}

/** An empty value takes it away. */
export function PersonFields({ person, mayWrite, save }: { person: Person; mayWrite: boolean; save: (key: string, value: string) => Promise<void> }) {
  const { t } = useTranslation("desk");
  const fields = useFields("contact");
  return <FieldRows title={t("field.section")} fields={fields} mayWrite={mayWrite} valueOf={(field) => person.facts.find((fact) => fact.key === field.key)?.value} save={(field, value) => save(field.key, value)} />;
}

export function TaskFields({ task, mayWrite }: { task: Task; mayWrite: boolean }) {
  const { t } = useTranslation();
  const commands = useCommands();
  const fields = useFields("task");
  return (
    <FieldRows title={t("field.task")} fields={fields} mayWrite={mayWrite} valueOf={(field) => attributeOf(task.attributes, field.key)}
      save={async (field, value) => { await (value ? commands.setField(task.id, field.key, value) : commands.removeField(task.id, field.key)); }} />
  );
}

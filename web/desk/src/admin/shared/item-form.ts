// The form of one thing of a list: PATCH when it exists (with its version), POST when it is new, then the list is read again.
import { toast } from "@seaway/kit/toasts";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { http, ws } from "../../api/http.ts";
import { useForm, type Form } from "../../pages/shared/form.ts";
import { useForget } from "../../pages/shared/resource.ts";

export interface Versioned { id: string; version: number }

export interface ItemForm<T extends Versioned> {
  /** e.g. "/task-queues" */
  path: string;
  /** Null: a new one begins with `blank`. */
  item: T | null;
  blank: Omit<T, "id" | "version">;
  to: (id: string) => string;
  /** What is posted or patched, where it is not simply what changed. */
  body?: (changed: Partial<T>, values: T) => object;
  saved?: (item: T) => void;
}

export function useItemForm<T extends Versioned>({ path, item, blank, to, body, saved }: ItemForm<T>): Form<T> & { isNew: boolean } {
  const { t } = useTranslation("admin");
  const navigate = useNavigate();
  const forget = useForget();
  const isNew = item === null;
  const own = `${path}/${item?.id ?? "new"}`;
  const form = useForm<T>({
    key: own,
    base: item ?? ({ ...blank, id: "", version: 0 } as T),
    save: async (changed, base) => {
      const values = { ...base, ...changed };
      const sent = body?.(changed, values);
      const result = isNew
        ? await http.post<T>(ws(path), sent ?? withoutIds(values))
        : await http.patch<T>(ws(own), { ...(sent ?? changed), version: base.version });
      await forget(path);
      toast(t("saved"));
      saved?.(result);
      if (isNew) void navigate(to(result.id), { replace: true });
      return result;
    },
    fresh: () => http.get<T>(ws(own)),
  });
  return { ...form, isNew };
}

function withoutIds<T extends Versioned>(values: T): object {
  const { id: _id, version: _version, ...rest } = values;
  return rest;
}

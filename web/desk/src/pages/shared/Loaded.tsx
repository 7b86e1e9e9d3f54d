// Draws what a read came to: the thing, or why not and what to do about it.
import { Button, ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { Skeleton } from "@seaway/kit/Skeleton";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asRefusal } from "../../api/http.ts";
import { useProblemWords } from "./problem.ts";

export function Loaded<T>({ query, children }: { query: Pick<UseQueryResult<T>, "data" | "error" | "refetch" | "isPending">; children: (data: T) => ReactNode }) {
  const { t } = useTranslation("pages");
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed thrown={query.error} retry={() => void query.refetch()} />;
  return <Skeleton label={t("loading")} />;
}

export function Failed({ thrown, retry }: { thrown: unknown; retry: () => void }) {
  const { t } = useTranslation("pages");
  const words = useProblemWords();
  const { status } = asRefusal(thrown);
  if (status === 403) return <EmptyState kind="notAllowed" title={t("notAllowed.title")}>{t("notAllowed.text")}</EmptyState>;
  if (status === 404) return <EmptyState kind="noMatch" title={t("notFound.title")} actions={<ButtonLink size="s" href="/desk">{t("notFound.go")}</ButtonLink>}>{t("notFound.text")}</EmptyState>;
  const again = <Button size="s" icon="refresh" onPress={retry}>{t("tryAgain")}</Button>;
  return <EmptyState kind={status === 0 ? "offline" : "noMatch"} title={t(status === 0 ? "offline.title" : "failed.title")} actions={again}>{words(thrown)}</EmptyState>;
}

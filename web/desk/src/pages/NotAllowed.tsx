// Shown in place of a page whose permission is missing. It says who can help.
import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import type { Permission } from "@seaway/api/types";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { can, useMe } from "../session/session.tsx";
import { Page } from "./shared/Page.tsx";

export function NotAllowed({ title }: { title: string }) {
  const { t } = useTranslation("pages");
  return (
    <Page title={title}>
      <EmptyState kind="notAllowed" title={t("notAllowed.title")} actions={<ButtonLink size="s" href="/desk">{t("notFound.go")}</ButtonLink>}>{t("notAllowed.text")}</EmptyState>
    </Page>
  );
}

/** Draws `children` only for who may; the server refuses anyway, this says it kindly. */
export function Needs({ permission, title, children }: { permission: Permission; title: string; children: ReactNode }) {
  return can(useMe(), permission) ? <>{children}</> : <NotAllowed title={title} />;
}

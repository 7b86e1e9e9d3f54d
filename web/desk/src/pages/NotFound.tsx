import { ButtonLink } from "@seaway/kit/Button";
import { EmptyState } from "@seaway/kit/EmptyState";
import { useTranslation } from "react-i18next";
import { Page } from "./shared/Page.tsx";

export function NotFound() {
  const { t } = useTranslation("pages");
  return (
    <Page title={t("notFound.head")}>
      <EmptyState kind="noMatch" title={t("notFound.title")} actions={<ButtonLink size="s" href="/desk">{t("notFound.go")}</ButtonLink>}>{t("notFound.text")}</EmptyState>
    </Page>
  );
}

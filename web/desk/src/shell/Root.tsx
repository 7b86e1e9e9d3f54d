// Around every place: links of the kit go through the router, the kit's own words follow the reader's language.
import { I18nProvider, RouterProvider } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Outlet, useHref, useNavigate } from "react-router";

export function Root() {
  const navigate = useNavigate();
  const { i18n } = useTranslation();
  return (
    <I18nProvider locale={i18n.language}>
      <RouterProvider navigate={(path) => void navigate(path)} useHref={useHref}>
        <Outlet />
      </RouterProvider>
    </I18nProvider>
  );
}

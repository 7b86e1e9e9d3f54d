// Every place of the app. Pages and admin bring their own lists; the shell frames all but the public ones.
import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { DeskPage } from "./desk/DeskPage.tsx";
import { Root } from "./shell/Root.tsx";
import { Shell } from "./shell/Shell.tsx";

interface PageModule { publicRoutes?: RouteObject[]; pageRoutes?: RouteObject[]; adminRoutes?: RouteObject[] }
const modules = Object.values(import.meta.glob<PageModule>(["./pages/routes.tsx", "./admin/routes.tsx"], { eager: true }));

export const router = createBrowserRouter([
  {
    element: <Root />,
    // What is known is drawn at once; a page that is still on its way draws nothing.
    HydrateFallback: () => null,
    children: [
      ...modules.flatMap((module) => module.publicRoutes ?? []),
      {
        element: <Shell />,
        children: [
          { index: true, loader: () => redirect("/desk") },
          { path: "desk/:conversation?", element: <DeskPage /> },
          ...modules.flatMap((module) => [...(module.pageRoutes ?? []), ...(module.adminRoutes ?? [])]),
        ],
      },
    ],
  },
]);

// Every place of the app. Pages and admin bring their own lists; the shell frames all but the public ones.
import { createBrowserRouter, redirect, type RouteObject } from "react-router";
import { Shell } from "./shell/Shell.tsx";

interface PageModule { publicRoutes?: RouteObject[]; pageRoutes?: RouteObject[]; adminRoutes?: RouteObject[] }
const modules = Object.values(import.meta.glob<PageModule>(["./pages/routes.tsx", "./admin/routes.tsx"], { eager: true }));

export const router = createBrowserRouter([
  ...modules.flatMap((module) => module.publicRoutes ?? []),
  {
    element: <Shell />,
    children: [
      { index: true, loader: () => redirect("/desk") },
      ...modules.flatMap((module) => [...(module.pageRoutes ?? []), ...(module.adminRoutes ?? [])]),
    ],
  },
]);

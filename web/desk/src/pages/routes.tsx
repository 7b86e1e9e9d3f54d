// The pages beside the desk. Public ones stand alone; the others render their own <main className="sheet"> beside the shell's nav.
import type { RouteObject } from "react-router";
import { Ground } from "./shared/Ground.tsx";
import { paths } from "./paths.ts";

export const publicRoutes: RouteObject[] = [
  {
    element: <Ground />,
    children: [
      { path: paths.login, lazy: async () => ({ Component: (await import("./Login.tsx")).Login }) },
      { path: paths.setup, lazy: async () => ({ Component: (await import("./Setup.tsx")).Setup }) },
    ],
  },
];

export const pageRoutes: RouteObject[] = [
  {
    element: <Ground />,
    children: [
      { path: `${paths.contacts}/:person?`, lazy: async () => ({ Component: (await import("./contacts/Contacts.tsx")).Contacts }) },
      { path: paths.board, lazy: async () => ({ Component: (await import("./board/LiveBoard.tsx")).LiveBoard }) },
      { path: paths.settings, lazy: async () => ({ Component: (await import("./OwnSettings.tsx")).OwnSettings }) },
      { path: "*", lazy: async () => ({ Component: (await import("./NotFound.tsx")).NotFound }) },
    ],
  },
];

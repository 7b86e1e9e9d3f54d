// The admin's places: what one builds (flows, answers, replies) and what one sets up (channels, people, queues, workspace).
import { Navigate, type RouteObject } from "react-router";
import { paths } from "../pages/paths.ts";
import { Ground } from "../pages/shared/Ground.tsx";

export const adminRoutes: RouteObject[] = [
  {
    element: <Ground />,
    children: [
      { path: "/admin", element: <Navigate to={paths.channels} replace /> },
      { path: `${paths.channels}/:id?`, lazy: async () => ({ Component: (await import("./channels/Channels.tsx")).Channels }) },
      { path: `${paths.people}/:id?`, lazy: async () => ({ Component: (await import("./people/People.tsx")).People }) },
      { path: paths.agents, lazy: async () => ({ Component: (await import("./agents/Agents.tsx")).Agents }) },
      { path: `${paths.queues}/:id?`, lazy: async () => ({ Component: (await import("./routing/Queues.tsx")).Queues }) },
      { path: `${paths.taskChannels}/:id?`, lazy: async () => ({ Component: (await import("./routing/TaskChannels.tsx")).TaskChannels }) },
      { path: `${paths.workflows}/:id?`, lazy: async () => ({ Component: (await import("./routing/Workflows.tsx")).Workflows }) },
      { path: `${paths.hours}/:id?`, lazy: async () => ({ Component: (await import("./hours/Hours.tsx")).Hours }) },
      { path: `${paths.flows}/:id?`, lazy: async () => ({ Component: (await import("./flows/Flows.tsx")).Flows }) },
      { path: `${paths.answers}/:kind?/:id?`, lazy: async () => ({ Component: (await import("./answers/Answers.tsx")).Answers }) },
      { path: `${paths.replies}/:id?`, lazy: async () => ({ Component: (await import("./replies/Replies.tsx")).Replies }) },
      { path: paths.workspace, lazy: async () => ({ Component: (await import("./workspace/Workspace.tsx")).Workspace }) },
      { path: paths.branding, lazy: async () => ({ Component: (await import("./branding/Branding.tsx")).Branding }) },
      { path: paths.keys, lazy: async () => ({ Component: (await import("./workspace/Keys.tsx")).Keys }) },
      { path: `${paths.fields}/:id?`, lazy: async () => ({ Component: (await import("./fields/Fields.tsx")).Fields }) },
      { path: `${paths.webhooks}/:id?`, lazy: async () => ({ Component: (await import("./webhooks/Webhooks.tsx")).Webhooks }) },
      { path: paths.undelivered, lazy: async () => ({ Component: (await import("./undelivered/Undelivered.tsx")).Undelivered }) },
      { path: paths.unreadable, lazy: async () => ({ Component: (await import("./unreadable/Unreadable.tsx")).Unreadable }) },
      { path: paths.audit, lazy: async () => ({ Component: (await import("./workspace/Audit.tsx")).Audit }) },
    ],
  },
];

// Where everything is. The shell's nav, the palette and the pages agree by reading it here.
export const paths = {
  login: "/login",
  setup: "/setup",
  contacts: "/contacts",
  contact: (person: string) => `/contacts/${person}`,
  board: "/board",
  settings: "/settings",
  flows: "/admin/flows",
  answers: "/admin/answers",
  replies: "/admin/replies",
  channels: "/admin/channels",
  people: "/admin/people",
  queues: "/admin/queues",
  workflows: "/admin/workflows",
  workspace: "/admin/workspace",
  keys: "/admin/keys",
  audit: "/admin/audit",
} as const;

// Which rows of the board are asked for.
export interface Asked { queue: string; queue_sort: string; queue_page: number; agent: string; agent_state: string; agent_sort: string; agent_page: number; waiting_page: number; active_page: number }

export const ROWS = 25;
export const FIRST: Asked = { queue: "", queue_sort: "longest_wait", queue_page: 0, agent: "", agent_state: "any", agent_sort: "name", agent_page: 0, waiting_page: 0, active_page: 0 };
export const QUEUE_SORTS = ["longest_wait", "waiting", "service_level", "name"] as const;
export const AGENT_SORTS = ["name", "since", "load"] as const;
export const AGENT_STATES = ["any", "available", "away", "offline"] as const;

/** The board's address; what is as usual is not said. */
export function boardPath(asked: Asked, rows = ROWS): string {
  const words: Record<string, string> = { queue: asked.queue.trim(), agent: asked.agent.trim() };
  for (const name of ["queue_page", "agent_page", "waiting_page", "active_page"] as const) if (asked[name] > 0) words[name] = String(asked[name]);
  for (const name of ["queue_sort", "agent_sort"] as const) if (asked[name] !== FIRST[name]) words[name] = asked[name];
  if (asked.agent_state !== "any") words["agent_state"] = asked.agent_state;
  if (rows !== ROWS) words["rows"] = String(rows);
  const query = new URLSearchParams(Object.entries(words).filter(([, text]) => text)).toString();
  return query ? `/board?${query}` : "/board";
}

// A flow file, as Studio writes it: either the definition itself or an object that carries it.
export const FLOW_BYTES_MAX = 2 * 1024 * 1024;

export type ReadFlow = { ok: true; definition: string; name: string | null } | { ok: false; why: "json" | "shape" };

export function readFlowFile(text: string, fileName: string): ReadFlow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: "json" };
  }
  const definition = isFlow(value) ? value : isObject(value) && isFlow(value["definition"]) ? value["definition"] : null;
  if (!definition) return { ok: false, why: "shape" };
  const named = isObject(value) ? (value["friendly_name"] ?? value["name"]) : null;
  return { ok: true, definition: JSON.stringify(definition, null, 2), name: typeof named === "string" && named ? named : fileName.replace(/\.json$/i, "") || null };
}

function isFlow(value: unknown): value is { states: unknown[] } {
  return isObject(value) && Array.isArray(value["states"]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The smallest flow that runs: a trigger with nowhere to go yet. */
export const BLANK_FLOW = JSON.stringify({
  description: "",
  states: [{ name: "Trigger", type: "trigger", transitions: [{ event: "incomingMessage" }, { event: "incomingCall" }, { event: "incomingConversationMessage" }, { event: "incomingRequest" }, { event: "incomingParent" }], properties: { offset: { x: 0, y: 0 } } }],
  initial_state: "Trigger",
  flags: { allow_concurrent_calls: true },
}, null, 2);

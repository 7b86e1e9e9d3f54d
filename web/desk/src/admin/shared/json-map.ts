// Where in a JSON text each value stands, and where the text stops being JSON. Lines and columns count from 1, offsets from 0.
/** `from` is where the member begins: its key in an object, the value itself in a list. `end` is the offset behind the value. */
export interface JsonPlace { from: number; start: number; end: number }
export interface JsonFault { offset: number; line: number; column: number; kind: "end" | "unexpected"; found: string }
export interface JsonMap { /** JSON pointer → line; "" is the root. */ lines: Map<string, number>; places: Map<string, JsonPlace>; fault: JsonFault | null }

/** Deeper texts are cut there: no flow nests so far. */
const DEPTH_MAX = 200;

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const PLAIN = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Stop extends Error {}

export function mapJson(text: string): JsonMap {
  const lines = new Map<string, number>();
  const places = new Map<string, JsonPlace>();
  let at = 0;
  let line = 1;
  let lineStart = 0;
  let fault: JsonFault | null = null;

  function stop(): never {
    fault = { offset: at, line, column: at - lineStart + 1, kind: at >= text.length ? "end" : "unexpected", found: text.slice(at, at + 1) };
    throw new Stop();
  }
  function space(): void {
    for (; at < text.length && " \t\r\n".includes(text.charAt(at)); at += 1) if (text.charAt(at) === "\n") { line += 1; lineStart = at + 1; }
  }
  function take(sign: string): void {
    space();
    if (text.charAt(at) !== sign) stop();
    at += 1;
  }
  function string(): string {
    space();
    STRING.lastIndex = at;
    const rest = STRING.exec(text);
    if (!rest) stop();
    at += rest[0].length;
    return JSON.parse(rest[0]) as string;
  }
  function members(pointer: string, close: string, depth: number, one: (index: number) => string): void {
    at += 1;
    space();
    if (text.charAt(at) === close) { at += 1; return; }
    for (let index = 0; ; index += 1) {
      space();
      const from = at;
      const name = one(index);
      value(`${pointer}/${name}`, depth + 1, from);
      space();
      if (text.charAt(at) === close) { at += 1; return; }
      take(",");
    }
  }
  function value(pointer: string, depth: number, from?: number): void {
    space();
    const start = at;
    if (depth > DEPTH_MAX) stop();
    lines.set(pointer, line);
    const sign = text.charAt(at);
    if (sign === "{") members(pointer, "}", depth, () => { const name = string(); take(":"); return name.replaceAll("~", "~0").replaceAll("/", "~1"); });
    else if (sign === "[") members(pointer, "]", depth, String);
    else if (sign === '"') string();
    else {
      PLAIN.lastIndex = at;
      const plain = PLAIN.exec(text);
      if (!plain) stop();
      at += plain[0].length;
    }
    places.set(pointer, { from: from ?? start, start, end: at });
  }
  try {
    value("", 0);
    space();
    if (at < text.length) stop();
  } catch (thrown) {
    if (!(thrown instanceof Stop)) throw thrown;
  }
  return { lines, places, fault };
}

/** The pointer of "/a/0", "#/a/0", "$.a[0]" or "a.0", or of their nearest parent that exists in the text. */
export function lineOf(map: JsonMap, path: string): number | null {
  const pointer = path.startsWith("/") || path.startsWith("#/") ? path.replace(/^#/, "") : `/${path.replace(/^\$\.?/, "").replaceAll(/\[(\d+)\]/g, ".$1").split(".").filter(Boolean).join("/")}`;
  const parts = pointer.split("/").filter(Boolean);
  for (let keep = parts.length; keep > 0; keep -= 1) {
    const line = map.lines.get(`/${parts.slice(0, keep).join("/")}`);
    if (line !== undefined) return line;
  }
  return null;
}

/** Offset of the first sign of a line, and of its end. */
export function lineRange(text: string, line: number): [number, number] {
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) {
    const next = text.indexOf("\n", start);
    if (next < 0) return [text.length, text.length];
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return [start, end < 0 ? text.length : end];
}

/** The same JSON, indented by two; null when it is none. */
export function pretty(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

// A worker's attributes as a form and back. The JSON text is the truth; the form only edits what it knows and leaves the rest.
export interface Skill { name: string; /** 0 to 100; null when none is given. */ level: number | null }
export interface Skills { skills: Skill[]; languages: string[]; department: string; /** Other top-level names, shown raw only. */ others: string[] }

type Json = Record<string, unknown>;
const KNOWN = new Set(["routing", "languages", "department"]);

/** The text as an object; null when it is no JSON object. */
export function parseAttributes(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text.trim() || "{}");
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function readSkills(text: string): Skills | null {
  const all = parseAttributes(text);
  if (!all) return null;
  const routing = isObject(all["routing"]) ? all["routing"] : {};
  const levels = isObject(routing["levels"]) ? routing["levels"] : {};
  return {
    skills: texts(routing["skills"]).map((name) => ({ name, level: typeof levels[name] === "number" ? levels[name] : null })),
    languages: texts(all["languages"]),
    department: typeof all["department"] === "string" ? all["department"] : "",
    others: Object.keys(all).filter((name) => !KNOWN.has(name)),
  };
}

/** The text with these skills in it; what the form does not know stays, in its order. Unreadable text stays as it is. */
export function writeSkills(text: string, change: Partial<Omit<Skills, "others">>): string {
  const all = parseAttributes(text);
  if (!all) return text;
  const next: Json = { ...all };
  if (change.skills) {
    const { skills: _skills, levels: _levels, ...rest } = isObject(all["routing"]) ? all["routing"] : ({} as Json);
    const levels = Object.fromEntries(change.skills.filter((skill) => skill.level !== null).map((skill) => [skill.name, skill.level]));
    const routing: Json = { ...rest, ...(change.skills.length > 0 ? { skills: change.skills.map((skill) => skill.name) } : {}), ...(Object.keys(levels).length > 0 ? { levels } : {}) };
    put(next, "routing", Object.keys(routing).length > 0 ? routing : undefined);
  }
  if (change.languages) put(next, "languages", change.languages.length > 0 ? change.languages : undefined);
  if (change.department !== undefined) put(next, "department", change.department || undefined);
  return JSON.stringify(next);
}

function put(target: Json, name: string, value: unknown): void {
  if (value === undefined) delete target[name];
  else target[name] = value;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

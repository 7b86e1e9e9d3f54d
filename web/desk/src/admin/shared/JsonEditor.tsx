// A JSON text with line numbers. Problems mark their line and lead there; Tab indents, Escape then Tab leaves.
import { useEffect, useId, useImperativeHandle, useMemo, useRef, type KeyboardEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@seaway/kit/Icon";
import { lineOf, lineRange, mapJson, type JsonMap } from "./json-map.ts";

export interface TextProblem { message: string; /** JSON pointer, or "" for the whole. */ path: string; line?: number; tone: "bad" | "warn" }
export interface EditorHandle { goTo: (line: number) => void }

const LINE_PX = 18;

export interface JsonEditorProps { label: string; value: string; onChange: (text: string) => void; problems?: readonly TextProblem[]; fill?: boolean; rows?: number; readOnly?: boolean; handle?: Ref<EditorHandle>; /** JSON pointer of what is being edited elsewhere: its lines are marked and in sight. */ here?: string | null }

export function JsonEditor({ label, value, onChange, problems = [], fill, rows = 16, readOnly, handle, here = null }: JsonEditorProps) {
  const { t } = useTranslation("admin");
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const leaving = useRef(false);
  const hint = useId();
  const map = useMemo(() => mapJson(value), [value]);
  const count = value.split("\n").length;
  const marks = useMemo(() => marked(map, problems), [map, problems]);
  const [first, last] = useMemo(() => linesOf(value, map, here), [value, map, here]);
  useEffect(() => { if (area.current && first > 0 && document.activeElement !== area.current) reveal(area.current, first, last); }, [first, last]);
  useImperativeHandle(handle, () => ({ goTo: (line) => area.current && goTo(area.current, line) }), []);
  useEffect(() => { if (area.current && numbers.current) follow(area.current, numbers.current); });

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key === "Escape") { leaving.current = true; return; }
    if (event.key === "Tab" && !event.shiftKey && !leaving.current && !readOnly) {
      event.preventDefault();
      document.execCommand("insertText", false, "  ");
      return;
    }
    if (event.key !== "Shift") leaving.current = false;
  }
  return (
    <div className={`editor ${fill ? "fill" : ""} ${marks.size > 0 && [...marks.values()].includes("bad") ? "bad" : ""}`}>
      <div className="gutter" aria-hidden="true"><div ref={numbers}>{Array.from({ length: count }, (_, at) => <span key={at} className={marks.get(at + 1) ?? (at + 1 >= first && at + 1 <= last ? "here" : "")}>{at + 1}</span>)}</div></div>
      <textarea ref={area} aria-label={label} aria-describedby={hint} rows={fill ? undefined : rows} value={value} readOnly={readOnly} spellCheck={false} autoCapitalize="off" autoCorrect="off" wrap="off"
        onChange={(event) => onChange(event.target.value)} onKeyDown={onKeyDown} onScroll={(event) => numbers.current && follow(event.currentTarget, numbers.current)} />
      <span id={hint} className="sr">{t("json.keys")}</span>
    </div>
  );
}

/** The text's own fault first, then what the server found; each leads to its line. */
export function ProblemList({ text, problems, onGo, none }: { text: string; problems: readonly TextProblem[]; onGo: (line: number) => void; none?: string }) {
  const { t } = useTranslation("admin");
  const map = useMemo(() => mapJson(text), [text]);
  const fault: TextProblem[] = map.fault && text.trim() ? [{ message: t(map.fault.kind === "end" ? "json.ends" : "json.unexpected", { found: map.fault.found, column: map.fault.column }), path: "", line: map.fault.line, tone: "bad" }] : [];
  const shown = [...fault, ...problems];
  if (shown.length === 0) return none ? <div className="problems"><p className="okline"><Icon name="circle-check" />{none}</p></div> : null;
  return (
    <ul className="problems" aria-label={t("json.problems")} aria-live="polite">
      {shown.map((problem) => {
        const line = problem.line ?? lineOf(map, problem.path);
        const inside = <><Icon name={problem.tone === "bad" ? "circle-alert" : "alert"} label={t(`json.${problem.tone}`)} /><span>{problem.message}{problem.path && <span className="t3 mono"> {problem.path}</span>}</span>{line !== null && <span className="meta num">{t("json.line", { line })}</span>}</>;
        return <li key={`${problem.path}${problem.message}`} className={problem.tone}>{line === null ? <div>{inside}</div> : <button type="button" onClick={() => onGo(line)}>{inside}</button>}</li>;
      })}
    </ul>
  );
}

function marked(map: JsonMap, problems: readonly TextProblem[]): Map<number, "bad" | "warn"> {
  const marks = new Map<number, "bad" | "warn">();
  if (map.fault) marks.set(map.fault.line, "bad");
  for (const problem of problems) {
    const line = problem.line ?? lineOf(map, problem.path);
    if (line !== null && marks.get(line) !== "bad") marks.set(line, problem.tone);
  }
  return marks;
}

/** From line to line, or nowhere: [0, 0]. */
function linesOf(text: string, map: JsonMap, pointer: string | null): [number, number] {
  const place = pointer === null ? undefined : map.places.get(pointer);
  const line = pointer === null ? undefined : map.lines.get(pointer);
  return !place || !line ? [0, 0] : [line, line + text.slice(place.start, place.end).split("\n").length - 1];
}

/** Scrolls no further than it must. */
function reveal(area: HTMLTextAreaElement, first: number, last: number): void {
  const [top, bottom] = [(first - 2) * LINE_PX, (last + 2) * LINE_PX];
  if (bottom > area.scrollTop + area.clientHeight) area.scrollTop = bottom - area.clientHeight;
  if (top < area.scrollTop) area.scrollTop = Math.max(0, top);
}

function follow(area: HTMLTextAreaElement, numbers: HTMLElement): void {
  numbers.style.transform = `translateY(${-area.scrollTop}px)`;
}

function goTo(area: HTMLTextAreaElement, line: number): void {
  const [start, end] = lineRange(area.value, line);
  area.focus();
  area.setSelectionRange(start, end);
  area.scrollTop = Math.max(0, (line - 1) * LINE_PX - area.clientHeight / 2);
}

// Which key was meant, on any layout. Letters by what they type; by where they lie only when the layout types no Latin (Hangul).

/** Back from Away; shown on the banner too, which appears while one may be typing. */
export const BACK_KEYS = "alt+b";

export interface KeyPress { key: string; code: string; altKey: boolean; ctrlKey: boolean; metaKey: boolean; shiftKey: boolean; isComposing?: boolean }

export function isMac(platform = navigator.platform): boolean {
  return /Mac|iPhone|iPad/.test(platform);
}

/** The press as a chord: "e", "mod+k", "?", "F6", "Enter". Shift counts only with modifiers or named keys, since punctuation needs it. */
export function chordOf(press: KeyPress, mac: boolean): string {
  const key = keyOf(press);
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  const named = key.length > 1;
  const parts = [mod && "mod", other && "other", press.altKey && "alt", press.shiftKey && (named || mod || press.altKey || /^[a-z]$/.test(key)) && "shift"];
  return [...parts.filter(Boolean), key].join("+");
}

/** The chord an action is asked by. What is Alt elsewhere is ⌃ on a Mac, as for offers: there ⌥ types signs such as "∫". */
export function actionChordOf(press: KeyPress, mac: boolean): string {
  return chordOf(mac && press.ctrlKey && !press.altKey ? { ...press, ctrlKey: false, altKey: true } : press, mac);
}

function keyOf(press: KeyPress): string {
  if (/^[a-z]$/i.test(press.key)) return press.key.toLowerCase();
  // Hangul letters, and "Process" while an input method swallows the press, name no Latin letter: take the place of the key.
  const notLatin = press.key === "Process" || /^\p{Letter}$/u.test(press.key) && !/^\p{Script=Latin}$/u.test(press.key);
  if (notLatin && /^Key[A-Z]$/.test(press.code)) return press.code.slice(3).toLowerCase();
  return press.key;
}

/** Alt 1…9 (on a Mac ⌃ 1…9): the offer's number, and whether Shift asks to reject it. Digits by place, since Shift changes what they type. */
export function offerKeyOf(press: KeyPress, mac: boolean): { slot: number; reject: boolean } | null {
  const held = mac ? press.ctrlKey && !press.altKey && !press.metaKey : press.altKey && !press.ctrlKey && !press.metaKey;
  const digit = /^Digit([1-9])$/.exec(press.code) ?? /^Numpad([1-9])$/.exec(press.code) ?? /^([1-9])$/.exec(press.key);
  if (!held || !digit) return null;
  return { slot: Number(digit[1]), reject: press.shiftKey };
}

/** True where single keys belong to the text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target.tagName === "INPUT" && !["checkbox", "radio", "button", "range", "file", "color", "submit"].includes((target as HTMLInputElement).type);
}

/** "mod+Enter" → ["Ctrl", "Enter"], "g d" → ["G", "D"]: what keycaps show. */
export function capsOf(keys: string): string[] {
  const words: Record<string, string> = { mod: "Ctrl", alt: "Alt", shift: "Shift" };
  return keys.split(/[ +]/).map((part) => words[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

import { expect, test } from "vitest";
import { actionChordOf, capsOf, chordOf, isTyping, offerKeyOf, type KeyPress } from "./keys.ts";

function press(key: string, code: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, code, altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, ...held };
}

test("letters are what they type: Z on QWERTZ lies where Y lies on QWERTY", () => {
  expect(chordOf(press("z", "KeyY"), false)).toBe("z");
  expect(chordOf(press("y", "KeyZ"), false)).toBe("y");
});

test("on a Hangul layout the place of the key counts", () => {
  expect(chordOf(press("ㅓ", "KeyJ"), false)).toBe("j");
  expect(chordOf(press("Process", "KeyR"), false)).toBe("r");
  expect(chordOf(press("ㅏ", "KeyK", { ctrlKey: true }), false)).toBe("mod+k");
});

test("punctuation is always what it types", () => {
  expect(chordOf(press("?", "Minus", { shiftKey: true }), false)).toBe("?");
  expect(chordOf(press("/", "Digit7", { shiftKey: true }), false)).toBe("/");
  expect(chordOf(press("[", "Digit8", { altKey: true, ctrlKey: false }), false)).toBe("alt+[");
  expect(chordOf(press("ö", "Semicolon"), false)).toBe("ö");
});

test("Ctrl here, Command on a Mac", () => {
  expect(chordOf(press("k", "KeyK", { ctrlKey: true }), false)).toBe("mod+k");
  expect(chordOf(press("k", "KeyK", { metaKey: true }), true)).toBe("mod+k");
  expect(chordOf(press("k", "KeyK", { ctrlKey: true }), true)).toBe("other+k");
  expect(chordOf(press("F6", "F6", { shiftKey: true }), false)).toBe("shift+F6");
});

test("offers answer to Alt and the digit's place, on a Mac to Control", () => {
  expect(offerKeyOf(press("1", "Digit1", { altKey: true }), false)).toEqual({ slot: 1, reject: false });
  expect(offerKeyOf(press("!", "Digit1", { altKey: true, shiftKey: true }), false)).toEqual({ slot: 1, reject: true });
  expect(offerKeyOf(press("¡", "Digit1", { altKey: true }), true)).toBeNull();
  expect(offerKeyOf(press("2", "Digit2", { ctrlKey: true }), true)).toEqual({ slot: 2, reject: false });
  expect(offerKeyOf(press("{", "Digit7", { altKey: true, ctrlKey: true }), false)).toBeNull();
});

test("single keys rest where text is written", () => {
  const field = document.createElement("textarea");
  const box = document.createElement("input");
  box.type = "checkbox";
  expect([isTyping(field), isTyping(box), isTyping(document.body)]).toEqual([true, false, false]);
});

test("keycaps", () => {
  expect(capsOf("mod+Enter")).toEqual(["Ctrl", "Enter"]);
  expect(capsOf("g d")).toEqual(["G", "D"]);
});

test("an action's Alt chord is found on every layout, on a Mac with Control", () => {
  expect(actionChordOf(press("b", "KeyB", { altKey: true }), false)).toBe("alt+b");
  expect(actionChordOf(press("ㅠ", "KeyB", { altKey: true }), false)).toBe("alt+b");
  expect(actionChordOf(press("b", "KeyB", { ctrlKey: true }), true)).toBe("alt+b");
  expect(actionChordOf(press("∫", "KeyB", { altKey: true }), true)).not.toBe("alt+b");
  expect(actionChordOf(press("b", "KeyB", { altKey: true, ctrlKey: true }), false)).toBe("mod+alt+b");
  expect(actionChordOf(press("k", "KeyK", { metaKey: true }), true)).toBe("mod+k");
});

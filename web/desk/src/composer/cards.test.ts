import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asCards, CARD, cardsBody, isBlank, wrongInCards, type ButtonDraft, type CardDraft } from "./cards.ts";

let no = 0;
const button = (label: string, change: Partial<ButtonDraft> = {}): ButtonDraft => ({ id: `b${no++}`, label, does: "reply", value: "", ...change });
const card = (title: string, change: Partial<CardDraft> = {}): CardDraft => ({ id: `c${no++}`, title, text: "", image: null, buttons: [], ...change });
const page = (label: string, value: string) => button(label, { does: "url", value });
const wrong = (...cards: CardDraft[]) => wrongInCards(cards).map((one) => `${one.card}${one.button === null ? "" : `.${one.button}`} ${one.field} ${one.code}`);

test("the limits are those the server judges by", () => {
  const rust = readFileSync(join(import.meta.dirname, "../../../../crates/model/src/card.rs"), "utf8");
  const limit = (name: string) => Number(new RegExp(`pub const ${name}: usize = ([\\d_]+);`).exec(rust)?.[1]?.replaceAll("_", ""));
  expect(CARD).toEqual({ most: limit("MOST"), title: limit("TITLE"), text: limit("TEXT"), buttons: limit("BUTTONS"), label: limit("LABEL"), reply: limit("REPLY"), address: limit("ADDRESS") });
});

test("the same word on several cards comes back with its card's title", () => {
  const rooms = [card("Room 1", { buttons: [button("Book"), page("Look", "https://x.example/1")] }), card(" Room 2 ", { buttons: [button("Book "), button("Ask", { value: "A question" })] })];
  expect(wrongInCards(rooms)).toEqual([]);
  expect(cardsBody(asCards(rooms))).toEqual([
    { title: "Room 1", text: "", buttons: [{ label: "Book", reply: "Book Room 1" }, { label: "Look", url: "https://x.example/1" }] },
    { title: "Room 2", text: "", buttons: [{ label: "Book", reply: "Book Room 2" }, { label: "Ask", reply: "A question" }] },
  ]);
  expect(asCards([card("One", { buttons: [button("Yes")] })])[0]?.buttons[0]?.reply).toBe("Yes");
});

test("what is wrong is named with its field", () => {
  const fine = card("Fine", { text: "a" });
  expect(wrong(fine, card("", { text: "a" }))).toEqual(["1 title required"]);
  expect(wrong(card("a".repeat(81), { text: "a" }))).toEqual(["0 title too_long"]);
  expect(wrong(card("👍".repeat(80), { text: "a" }))).toEqual([]);
  expect(wrong(card("a", { text: "a".repeat(2001) }))).toEqual(["0 text too_long"]);
  expect(wrong(card("a"))).toEqual(["0 card bare"]);
  expect(wrong(card("a", { buttons: [button(" ")] }))).toEqual(["0.0 label required"]);
  expect(wrong(card("a", { buttons: [button("x".repeat(21))] }))).toEqual(["0.0 label too_long"]);
  expect(wrong(card("a", { buttons: [button("x", { value: "1" }), button("X", { value: "2" })] }))).toEqual(["0.1 label twice"]);
  expect(wrong(card("a", { buttons: [button("x", { value: "1" }), button("y", { value: "1" })] }))).toEqual(["0.1 value twice"]);
  expect(wrong(card("a", { buttons: [page("x", "")] }))).toEqual(["0.0 value required"]);
  for (const url of ["http://x.example", "https://", "https://a b.example", "https://me@x.example", "javascript:alert(1)", `https://x.example/${"ü".repeat(250)}`]) expect(wrong(card("a", { buttons: [page("x", url)] }))).toEqual(["0.0 value bad_address"]);
});

test("a blank card is nothing beside others, and not enough alone", () => {
  expect(isBlank(card(" ", { buttons: [button(" ")] }))).toBe(true);
  expect(wrong(card("Fine", { text: "a" }), card(""))).toEqual([]);
  expect(wrong(card(""))).toEqual(["0 title required"]);
});

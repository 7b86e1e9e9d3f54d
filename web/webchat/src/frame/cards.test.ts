import { expect, test } from "vitest";
import { parseCards } from "./cards.ts";

test("cards are read, and what nobody could open or tap is left out", () => {
  const buttons = [{ label: "Book", reply: "Book room 2" }, { label: "Look", url: "https://x.example/2" }, { label: "Bad", url: "javascript:alert(1)" }, { reply: "no label" }, 7];
  const [card, plain, ...rest] = parseCards([
    { title: "Room 2", text: "Garden", image: { url: "https://files.example/2.png", thumbnail_url: "https://files.example/2.small.png" }, link: null, buttons },
    { title: "Pier", link: "https://x.example/pier.jpg", image: { url: "data:x" } },
    { text: "without a title" },
    null,
  ]);
  expect(card).toEqual({ title: "Room 2", text: "Garden", picture: "https://files.example/2.small.png", link: null, buttons: [{ label: "Book", reply: "Book room 2", url: null }, { label: "Look", reply: "", url: "https://x.example/2" }] });
  expect(plain).toEqual({ title: "Pier", text: "", picture: null, link: "https://x.example/pier.jpg", buttons: [] });
  expect(rest).toEqual([]);
});

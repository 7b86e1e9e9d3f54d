import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { asExtras } from "../shared/shared.ts";
import { StickerPicture } from "./StickerPicture.tsx";
import { Stickers } from "./Stickers.tsx";
import { nameOf, type Sticker } from "./stickers.ts";

const MOON = { id: "446", name: "Moon", stickers: ["1988", "1989", "1990"] };
const SALLY = { id: "789", name: "Sally", stickers: ["10855"] };

// The browser of these tests escapes nothing.
beforeEach(() => vi.stubGlobal("CSS", { escape: (text: string) => text, supports: () => false }));
afterEach(() => vi.unstubAllGlobals());

function answers(...all: (() => Response)[]): ReturnType<typeof vi.fn> {
  const asked = vi.fn(() => Promise.resolve((all.length > 1 ? all.shift() : all[0])?.()));
  vi.stubGlobal("fetch", asked);
  return asked;
}

const listed = () => new Response(JSON.stringify({ items: [MOON, SALLY] }), { headers: { "content-type": "application/json" } });

test("a tap on a sticker sends it by its numbers and a name, and closes the drawer", async () => {
  answers(listed);
  const sent: Sticker[] = [];
  render(<Stickers account="KA1" isDisabled={false} onSend={(sticker) => sent.push(sticker)} />);
  fireEvent.click(screen.getByRole("button"));
  const second = await screen.findByRole("option", { name: "Moon 2" });
  expect(screen.getAllByRole("tab").map((tab) => tab.getAttribute("aria-label"))).toEqual(["Moon", "Sally"]);
  expect(second.querySelector("img")?.getAttribute("src")).toContain("/channel-accounts/KA1/sticker?set=446&sticker=1989");
  fireEvent.click(second);
  expect(sent).toEqual([{ set: "446", id: "1989", name: "Moon 2" }]);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("a list that could not be had is asked for again", async () => {
  const asked = answers(() => new Response("{}", { status: 500 }), listed);
  const drawer = render(<Stickers account="KA2" isDisabled={false} onSend={() => undefined} />);
  fireEvent.click(screen.getByRole("button"));
  await waitFor(() => expect(document.querySelector(".stickers > p:not([role])")).not.toBeNull());
  drawer.unmount();
  render(<Stickers account="KA2" isDisabled={false} onSend={() => undefined} />);
  fireEvent.click(screen.getByRole("button"));
  await screen.findByRole("option", { name: "Moon 1" });
  expect(asked).toHaveBeenCalledTimes(2);
});

test("a picture that cannot be had is its name", () => {
  render(<StickerPicture className="sticker-sent" src="/none" name="Moon 1" />);
  fireEvent.error(screen.getByAltText("Moon 1"));
  expect(screen.getByText("Moon 1")).toBeTruthy();
  expect(document.querySelector("img")).toBeNull();
});

test("a sticker on its way looks like one that was sent", () => {
  expect(nameOf(MOON, "1990")).toBe("Moon 3");
  expect(asExtras({ sticker: { set: "446", id: "1988", name: "Moon 1" } })).toMatchObject([{ kind: "sticker", set: "446", id: "1988", name: "Moon 1" }]);
});

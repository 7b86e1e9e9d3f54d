import type { Extra, Message } from "@seaway/api/types";
import { expect, test } from "vitest";
import { addressesIn, lastCopies, wrongIn } from "./copies.ts";

test("addresses are read as people paste them", () => {
  expect(addressesIn(" a@b.example, Kim <kim@mail.example>;A@B.example,\n")).toEqual(["a@b.example", "kim@mail.example"]);
  expect(addressesIn("")).toEqual([]);
});

test("what is no address is named", () => {
  expect(wrongIn("a@b.example", "")).toBeNull();
  for (const wrong of ["a", "a@b", "a b@c.example", "a@b@c.example"]) expect(wrongIn("ok@b.example", wrong)).toBe(wrong);
});

test("an answer goes to whom the last mail went", () => {
  const mail = (others: string[]) => ({ direction: "in", extras: [{ kind: "mail", others } as Extra] }) as Message;
  expect(lastCopies([])).toEqual([]);
  expect(lastCopies([mail(["old@b.example"]), mail(["boss@b.example"]), { direction: "out", extras: [] as Extra[] } as Message])).toEqual(["boss@b.example"]);
});

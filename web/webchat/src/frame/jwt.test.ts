import { expect, test } from "vitest";
import { isOver } from "./jwt.ts";

const token = (claims: unknown) => `x.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.y`;

test("a token is over when its own time is, and what cannot be read is left to the server", () => {
  expect(isOver(token({ sub: "customer-7??>", exp: 1_000 }), 999_999)).toBe(false);
  expect(isOver(token({ sub: "customer-7??>", exp: 1_000 }), 1_000_000)).toBe(true);
  expect(isOver(token({ sub: "customer-7" }), 1)).toBe(false);
  expect(isOver("nonsense", 1)).toBe(false);
  expect(isOver("", 1)).toBe(false);
});

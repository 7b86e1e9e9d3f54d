import { expect, it } from "vitest";
import { sources } from "../../i18n/rust-source.ts";
import { sayWhy } from "./words.ts";

it("has words for the reason that the engine gives, and leaves a connector's as they are", () => {
  const told = sources("engine/src").flatMap(({ text }) => [...text.matchAll(/"quarantined", Some\("([^"]+)"/g)].map((found) => found[1] ?? ""));
  expect(told.length).toBeGreaterThan(0);
  for (const why of told) expect(sayWhy(((key: string) => key) as never, { kind: "event", why })).toBe("unreadable.reason.failed");
  expect(sayWhy(((key: string) => key) as never, { kind: "delivery", why: "not JSON" })).toBeNull();
});

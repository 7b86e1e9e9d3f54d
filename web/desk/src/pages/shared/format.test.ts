import { expect, it } from "vitest";
import { clock, shortTime } from "./format.ts";

it.each([[0, "0:00"], [48.9, "0:48"], [372, "6:12"], [8048, "2:14:08"], [-5, "0:00"]])("%d s is %s", (seconds, shown) => expect(clock(seconds)).toBe(shown));

it("shortens a time by how far away it is", () => {
  const now = new Date(2026, 10, 21, 15, 0);
  expect(shortTime(new Date(2026, 10, 21, 14, 8).toISOString(), "de", now)).toBe("14:08");
  expect(shortTime(new Date(2026, 9, 2, 9, 0).toISOString(), "en-GB", now)).toBe("2 Oct");
  expect(shortTime(new Date(2024, 9, 2, 9, 0).toISOString(), "en-GB", now)).toBe("2 Oct 2024");
});

import { expect, test } from "vitest";
import { countryOptions } from "./countries.ts";

test("every country has a name, once, in each language", () => {
  for (const language of ["en", "de", "ko"]) {
    const [none, ...countries] = countryOptions(language, "None");
    expect(none).toEqual({ id: "", label: "None" });
    expect(countries.filter(({ id, label }) => !/^[A-Z]{2}$/.test(id) || label === id)).toEqual([]);
    expect(new Set(countries.map(({ label }) => label)).size).toBe(countries.length);
  }
  const named = (language: string) => countryOptions(language, "").find(({ id }) => id === "DE")?.label;
  expect([named("en"), named("de"), named("ko")]).toEqual(["Germany", "Deutschland", "독일"]);
});

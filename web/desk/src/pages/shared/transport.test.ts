import { expect, it } from "vitest";
import { codeOf, isSafePlace, nextPlace } from "./transport.ts";

it.each([
  ["https:", "help.example.com", true], ["http:", "localhost", true], ["http:", "ana.localhost", true], ["http:", "127.0.0.1", true],
  ["http:", "help.example.com", false], ["http:", "192.168.0.7", false], ["http:", "notlocalhost", false],
])("%s//%s is %s", (protocol, hostname, safe) => expect(isSafePlace({ protocol, hostname })).toBe(safe));

it("reads the one-use code of a link", () => {
  expect(codeOf("#code=ab12")).toBe("ab12");
  expect(codeOf("#x=1&code=ab%2B")).toBe("ab+");
  expect(codeOf("")).toBeNull();
});

it("goes only to places of ours after signing in", () => {
  expect(nextPlace({ from: "/admin/flows" })).toBe("/admin/flows");
  for (const bad of [null, {}, { from: "https://evil.example" }, { from: "//evil.example" }, { from: "/\\evil.example" }, { from: "/login" }]) expect(nextPlace(bad)).toBe("/desk");
});

import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { sayFound } from "./found.ts";

const t = ((key: string, values: { number?: string }) => (values.number ? `Visitor ${values.number}` : key)) as unknown as TFunction;

test("a webchat visitor is found by name or number, never by our id", () => {
  expect(sayFound(t, { name: "Mia", address: "KB01a1f00c", channel: "webchat" })).toEqual({ text: "Mia" });
  expect(sayFound(t, { name: "#2aa05f", address: "KB01a1f00c", channel: "webchat" })).toEqual({ text: "Visitor 3567" });
  expect(sayFound(t, { name: "", address: "KB01a1f00c", channel: "webchat" })).toEqual({ text: "contact.visitor" });
});

test("an address people know stands beside the name, or in its place", () => {
  expect(sayFound(t, { name: "Mia", address: "+49 171 3920041", channel: "sms" })).toEqual({ text: "Mia", end: "+49 171 3920041" });
  expect(sayFound(t, { name: "#2aa05f", address: "+49 171 3920041", channel: "sms" })).toEqual({ text: "Visitor 3567", end: "+49 171 3920041" });
  expect(sayFound(t, { name: "", address: "+49 171 3920041", channel: "sms" })).toEqual({ text: "+49 171 3920041" });
  expect(sayFound(t, { name: "Mia", address: "", channel: "" })).toEqual({ text: "Mia" });
});

import { expect, test } from "vitest";
import { loadAnswers, look, parseFields, parseWrong, read, saveAnswers } from "./form.ts";
import { Shelf } from "./shelf.ts";

const FIELDS = parseFields([
  { key: "name", type: "name", required: true, label: { en: "Name", de: "Ihr Name" } },
  { key: "email", type: "email", label: { en: "Email" } },
  { key: "phone", type: "phone", label: { en: "Phone" } },
  { key: "privacy", type: "consent", required: true, label: { en: "I agree" } },
  { key: "odd", type: "date", label: {} },
  "nonsense",
]);

test("what is no field is left out", () => {
  expect(FIELDS.map((field) => field.key)).toEqual(["name", "email", "phone", "privacy"]);
  expect(parseFields(null)).toEqual([]);
});

test("a label is read in the reader's language, else in any", () => {
  expect([read(FIELDS[0]!.label, "de"), read(FIELDS[1]!.label, "ko"), read({ en: " ", de: "x" }, "en")]).toEqual(["Ihr Name", "Email", "x"]);
});

test("every field that is wrong is named", () => {
  expect(look(FIELDS, { name: " ", email: "mira at home", phone: "ring me", privacy: "no" })).toEqual({ name: "missing", email: "bad_email", phone: "bad_phone", privacy: "missing" });
  expect(look(FIELDS, { name: "Mira", email: "mira@example.test", phone: "+49 (151) 2345-6789", privacy: "yes" })).toEqual({});
  expect(look(FIELDS, { name: "x".repeat(501), privacy: "yes" })).toEqual({ name: "too_long" });
});

test("what the server says is read by field", () => {
  expect(parseWrong(FIELDS, [{ field: "email", code: "bad_email" }, { field: "other", code: "missing" }, 7])).toEqual({ email: "bad_email" });
  expect(parseWrong(FIELDS, undefined)).toEqual({});
});

test("what was typed outlives a reload", () => {
  const shelf = new Shelf("form.test.");
  saveAnswers(shelf, { name: "Mira" });
  expect(loadAnswers(new Shelf("form.test."))).toEqual({ name: "Mira" });
  saveAnswers(shelf, { name: "" });
  expect(shelf.read("form")).toBeNull();
});

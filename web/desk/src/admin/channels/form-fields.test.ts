import { expect, test } from "vitest";
import { add, asFields, choiceLines, fieldTrouble, mayAdd, move, putChoices } from "./form-fields.ts";

const three = add(add(add([], "name"), "choice"), "choice");

test("each field gets a key of its own, and a name is asked for once", () => {
  expect(three.map((field) => field.key)).toEqual(["name", "topic", "topic_2"]);
  expect([mayAdd(three, "name"), mayAdd(three, "email"), mayAdd(three, "choice")]).toEqual([false, true, true]);
});

test("a field moves by one place and stays at the ends", () => {
  expect(move(three, 2, -1).map((field) => field.key)).toEqual(["name", "topic_2", "topic"]);
  expect(move(three, 0, -1)).toEqual(three);
});

test("answers are the same line in every language, and keep one value", () => {
  const english = putChoices(three[1]!, "en", "My order\nSomething else\n");
  const both = putChoices(english, "de", "Meine Bestellung\nEtwas anderes");
  expect(both.choices).toEqual([{ value: "my_order", label: { en: "My order", de: "Meine Bestellung" } }, { value: "something_else", label: { en: "Something else", de: "Etwas anderes" } }]);
  expect(choiceLines(both, "de")).toBe("Meine Bestellung\nEtwas anderes");
  expect(putChoices(both, "de", "").choices.map((choice) => choice.value)).toEqual(["my_order", "something_else"]);
  expect(putChoices(three[1]!, "ko", "주문\n주문").choices.map((choice) => choice.value)).toEqual(["주문", "주문_2"]);
});

test("what keeps a field from working is named", () => {
  const field = three[1]!;
  expect(fieldTrouble(three, field)).toBe("choices");
  expect(fieldTrouble(three, { ...field, label: { en: " " } })).toBe("label");
  expect(fieldTrouble(three, { ...field, key: "vip" })).toBe("key");
  expect(fieldTrouble([...three, { ...field }], field)).toBe("twice");
  expect(fieldTrouble(three, putChoices(field, "en", "A"))).toBeNull();
  expect(asFields("nonsense")).toEqual([]);
});

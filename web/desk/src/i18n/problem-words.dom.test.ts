// A refusal is said in the agent's language, with its mend, from the same table as the API's answers.
import type { Problem } from "@seaway/api/types";
import { beforeAll, expect, test } from "vitest";
import { flowWords, problemWords, sentence } from "./problem-words.ts";
import { setLanguage, startI18n } from "./setup.ts";

const refused = (code: string, more: Partial<Problem> = {}): Problem => ({ type: "about:blank", title: "Conflict", status: 409, code, detail: "English", mend: "Mend it", ...more });

beforeAll(() => startI18n("de"));

test("the narrowest case has the word", async () => {
  await setLanguage("de");
  expect(problemWords(refused("in_use", { params: { what: "workflow", name: "Support" } })).detail).toBe("Der Workflow Support schickt Aufgaben in diese Warteschlange");
  expect(problemWords(refused("in_use", { params: { what: "nothing known" } })).detail).toBe("Etwas anderes verwendet es noch");
  expect(problemWords(refused("required", { field: "/answers/0", status: 422 })).detail).toBe("Das wird gebraucht");
  expect(problemWords(refused("too_many_files", { status: 429 })).detail).toBe("Zu viele Dateien in einer Minute");
});

test("what is wrong is followed by what to do, in the language chosen last", async () => {
  await setLanguage("de");
  expect(sentence(problemWords(refused("already_taken", { params: { winner: "Ben" } })))).toBe("Ben war schneller. Nehmen Sie das nächste Angebot");
  await setLanguage("ko");
  expect(sentence(problemWords(refused("already_taken", { params: { winner: "Ben" } })))).toBe("Ben님이 먼저 맡았어요. 다음 제안을 받으세요");
  // Braces that are no place to fill are text.
  expect(problemWords(refused("bad_template")).mend).toContain("{{ … }}");
});

test("a code nobody knows says what the server said", async () => {
  await setLanguage("de");
  expect(sentence(problemWords(refused("from_the_future")))).toBe("English. Mend it");
  expect(sentence(problemWords(refused("http_502", { detail: "", mend: undefined })))).toBe("Das hat nicht geklappt (http_502)");
  expect(problemWords(refused("no_answer", { status: 0 })).detail).toMatch(/nicht erreichbar/);
});

test("a flow's problems are said in the agent's language, too", async () => {
  await setLanguage("de");
  const next = { code: "unknown_next", message: "English", path: "states/0/transitions/0/next", params: { widget: "greet", event: "sent", next: "ask" } };
  expect(flowWords(next)).toBe("greet schickt „sent“ zu ask, das es in diesem Flow nicht gibt. Nennen Sie ein Widget, das es gibt, oder lassen Sie es leer, um dort zu enden");
  expect(flowWords({ ...next, code: "shape", params: {} })).toContain("states/0/transitions/0/next fehlt");
  expect(flowWords({ ...next, code: "from_the_future" })).toBe("English");
});

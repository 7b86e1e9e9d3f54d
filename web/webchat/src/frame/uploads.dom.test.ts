import { expect, test, vi } from "vitest";
import type { Api } from "./api.ts";
import { parseProblem } from "./problem.ts";
import { loadLanguage } from "./texts.ts";
import { DEFAULT_LIMITS } from "./types.ts";
import { MOST_FILES, refuseFile, upload, uploadWords } from "./uploads.ts";

test("a file is judged before it travels", () => {
  const limits = { ...DEFAULT_LIMITS, attachmentTypes: ["image/*", "application/pdf"] };
  const judge = (type: string, bytes: number, room = MOST_FILES): string | undefined => refuseFile("en", { name: "f.x", type, size: bytes }, limits, room);
  expect(judge("image/png", 10 * 1024 * 1024)).toBeUndefined();
  expect(judge("image/png", 10 * 1024 * 1024 + 1)).toBe("f.x is 10 MB. Files may have up to 10 MB");
  expect(judge("application/zip", 5)).toBe("Files like f.x cannot be sent here");
  expect(judge("", 5)).toBeUndefined();
  expect(judge("image/png", 0)).toBe("f.x is empty");
  expect(judge("image/png", 5, 0)).toBe("Up to 10 files go with one message");
});

test("a file's refusal is told in words that fit files", async () => {
  await loadLanguage("en");
  const say = (status: number, code: string): string => uploadWords("en", parseProblem(status, { code, detail: "Detail" }, null), DEFAULT_LIMITS);
  expect(say(413, "file_too_large")).toBe("The file is too big: up to 10 MB");
  expect(say(422, "too_large")).toBe("The file is too big: up to 10 MB");
  expect(say(415, "")).toBe("This kind of file cannot be sent here");
  expect(say(422, "lying_type")).toBe("This kind of file cannot be sent here");
  expect(say(403, "visitor_blocked")).toBe("You cannot write here at the moment");
  expect(say(0, "network")).toBe("No connection. Try again");
});

test("where no file may leave the browser, none does", async () => {
  const open = vi.spyOn(XMLHttpRequest.prototype, "open");
  const done = vi.fn();
  upload({ files: "", token: null } as Api, new File(["a"], "a.txt", { type: "text/plain" }), () => undefined, done);
  expect(done).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(done).toHaveBeenCalled());
  expect(done).toHaveBeenCalledWith({ id: "a.txt", name: "a.txt", type: "text/plain", bytes: 1 });
  expect(open).not.toHaveBeenCalled();
});

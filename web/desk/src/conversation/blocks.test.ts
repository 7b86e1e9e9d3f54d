import { expect, test } from "vitest";
import { aMessage, byBot, mine } from "../state/fixtures.ts";
import { blocksOf, writtenEarlier, type Block } from "./blocks.ts";
import { withLinks } from "./links.ts";

function sketch(blocks: Block[]): string {
  return blocks.map((b) => (b.kind === "group" ? `${b.direction}(${b.messages.map((m) => m.seq).join(",")})` : b.kind === "fold" ? `fold(${b.answers})` : b.kind)).join(" ");
}

test("the bot's part is one folded line; what came after its last word stays open", () => {
  const log = [aMessage(1), byBot(2), aMessage(3), byBot(4), aMessage(5), mine(6)];
  expect(sketch(blocksOf(log, true))).toBe("day fold(2) in(5) out(6)");
  const fold = blocksOf(log, true).find((block) => block.kind === "fold");
  expect(fold && sketch(fold.blocks)).toBe("in(1) out(2) in(3) out(4)");
});

test("while the flow holds the conversation its words are not folded away", () => {
  expect(sketch(blocksOf([aMessage(1), byBot(2)], false))).toBe("day in(1) out(2)");
  expect(sketch(blocksOf([aMessage(1), byBot(2), aMessage(3), byBot(4)], true))).toBe("day fold(1) in(3) out(4)");
});

test("a second bot part after an agent folds by itself", () => {
  const log = [aMessage(1), byBot(2), aMessage(3), mine(4), aMessage(5), byBot(6), aMessage(7), mine(8)];
  expect(sketch(blocksOf(log, true))).toBe("day fold(1) in(3) out(4) fold(1) in(7) out(8)");
});

test("the customer's last words are never folded away, so that whoever accepts has something to read", () => {
  expect(sketch(blocksOf([aMessage(1), byBot(2)], true))).toBe("day in(1) out(2)");
  expect(sketch(blocksOf([aMessage(1), byBot(2), byBot(3), mine(4)], true))).toBe("day in(1) out(2,3) out(4)");
});

test("messages of one author stand together; one that failed or is in doubt stands alone, notes and lines too", () => {
  const log = [aMessage(1), aMessage(2), mine(3), mine(4, { state: "failed" }), mine(5, { private: true, direction: "none" }), aMessage(6, { direction: "none", notice: { kind: "joined", params: {} }, author: { kind: "system", id: null, name: "" } })];
  expect(sketch(blocksOf(log, true))).toBe("day in(1,2) out(3) out(4) note notice");
  expect(sketch(blocksOf([mine(1), mine(2, { state: "uncertain" }), mine(3), mine(4)], true))).toBe("day out(1) out(2) out(3,4)");
});

test("a new day is said", () => {
  expect(sketch(blocksOf([aMessage(1), aMessage(2, { created_at: "2026-11-23T09:00:00Z" })], true))).toBe("day in(1) day in(2)");
});

test("only web addresses become links, without the sentence's own signs", () => {
  expect(withLinks("see https://a.example/x?y=1. or javascript:alert(1)")).toEqual([{ text: "see ", href: null }, { text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" }, { text: ". or javascript:alert(1)", href: null }]);
});

test("a notice for the team alone is a line, and a note is a note", () => {
  const moved = aMessage(2, { private: true, direction: "none", text: "", author: { kind: "system" } as never, notice: { kind: "transferred", params: { name: "Ana", note: "Please" } } });
  expect(sketch(blocksOf([mine(1, { private: true, direction: "none" }), moved], true))).toBe("day note notice");
});

test("the bot's line names who took over from it, also when somebody else has it now", () => {
  const joined = (seq: number, worker: string, name: string) => aMessage(seq, { direction: "none", author: { kind: "system", id: null, name: "" }, notice: { kind: "joined", params: { name, worker_id: worker } } });
  const log = [aMessage(1), byBot(2), aMessage(3), joined(9, "WK1", "Ana"), mine(10), joined(20, "WK2", "Ben")];
  const takenOver = (messages: typeof log) => blocksOf(messages, true).map((block) => (block.kind === "fold" ? block.taken : null)).find(Boolean) ?? null;
  expect(takenOver(log)).toEqual({ worker: "WK1", name: "Ana", after_s: 7 });
  expect(takenOver([joined(20, "WK2", "Ben"), aMessage(21), byBot(22)])).toBeNull();
});

test("what came long after it was written says when that was", () => {
  const [written, soon, late] = ["2026-11-22T10:00:00.000Z", "2026-11-22T10:04:00.000Z", "2026-11-29T10:00:00.000Z"];
  expect(writtenEarlier(aMessage(1, { provider_at: written, created_at: late }))).toBe(written);
  expect(writtenEarlier(aMessage(1, { provider_at: written, created_at: soon }))).toBeNull();
  expect(writtenEarlier(aMessage(1, { provider_at: null, created_at: late }))).toBeNull();
});

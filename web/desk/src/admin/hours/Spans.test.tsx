import type { TimeSpan } from "@seaway/api/types";
import { fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { beforeAll, expect, test } from "vitest";
import { startI18n } from "../../i18n/setup.ts";
import { Spans } from "./Spans.tsx";

beforeAll(() => startI18n("en"));

function Day({ start, errorAt = () => null }: { start: TimeSpan[]; errorAt?: (at: number) => string | null }) {
  const [spans, setSpans] = useState(start);
  return <><Spans day="Monday" spans={spans} onChange={setSpans} errorAt={errorAt} closed="Closed" /><output>{spans.map(({ from, to }) => `${from}-${to}`).join(" ")}</output></>;
}
const said = () => screen.getByRole("status").textContent;
const field = (name: RegExp, at = 0) => screen.getAllByRole<HTMLInputElement>("textbox", { name })[at] as HTMLInputElement;

test("a time is tidied, and told wrong, when one leaves it", () => {
  render(<Day start={[{ from: "09:00", to: "17:00" }]} />);
  const to = field(/open until/);
  to.focus();
  fireEvent.change(to, { target: { value: "8" } });
  expect(screen.queryByText(/It has to end after/)).toBeNull();
  to.blur();
  fireEvent.blur(to);
  expect(said()).toBe("09:00-08:00");
  const fault = screen.getByText(/It has to end after/).closest("p");
  expect(field(/open until/).getAttribute("aria-invalid")).toBe("true");
  expect(field(/open until/).getAttribute("aria-describedby")).toContain(fault?.id);
  expect(field(/open from/).getAttribute("aria-invalid")).not.toBe("true");
});

test("a closed day gets times, more times, and loses them again", () => {
  render(<Day start={[]} />);
  expect(screen.getByText("Closed")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Add times: Monday" }));
  fireEvent.click(screen.getByRole("button", { name: "Add times: Monday" }));
  expect(said()).toBe("09:00-17:00 18:00-22:00");
  fireEvent.click(screen.getByRole("button", { name: "Remove 09:00 to 17:00: Monday" }));
  expect(said()).toBe("18:00-22:00");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Add times: Monday");
});

test("what the server says of a span stands below its day", () => {
  render(<Day start={[{ from: "09:00", to: "12:00" }, { from: "13:00", to: "17:00" }]} errorAt={(at) => (at === 1 ? "Too late for us" : null)} />);
  expect(screen.getByText("Too late for us")).toBeTruthy();
  expect([field(/open from/, 0), field(/open from/, 1)].map((one) => one.getAttribute("aria-invalid"))).toEqual([null, "true"]);
});

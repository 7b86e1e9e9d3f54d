import type { TaskQueue } from "@seaway/api/types";
import { fireEvent, render, screen, within } from "@testing-library/react";
import { useState } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startI18n } from "../../i18n/setup.ts";
import { RulesForm } from "./RulesForm.tsx";
import { Rules, type Fault } from "./rules-context.ts";
import { OTHER, targetPlace } from "./workflow-document.ts";

beforeAll(() => startI18n("en"));
// The browser of these tests escapes nothing.
beforeEach(() => vi.stubGlobal("CSS", { escape: (text: string) => text, supports: () => false }));
afterEach(() => vi.unstubAllGlobals());

const QUEUES = ["Sales", "Everyone"].map((name) => ({ id: `WQ-${name}`, name })) as TaskQueue[];
const TEXT = JSON.stringify({ task_routing: { filters: [{ filter_friendly_name: "VIP", expression: "vip == true", targets: [{ queue: "WQ-Sales", timeout: 30, own: [1] }, {}] }, { targets: [{ queue: "WQ-gone" }] }], default_filter: { queue: "WQ-Everyone" } } });

function Page({ fault = null, queues = QUEUES }: { fault?: Fault | null; queues?: TaskQueue[] | null }) {
  const [text, setText] = useState(TEXT);
  return (
    <MemoryRouter>
      <textarea aria-label="text" value={text} onChange={(event) => setText(event.target.value)} />
      <Rules value={{ queues, failed: false, edit: (change) => setText(change), fault }}><RulesForm text={text} trouble={null} onRetry={() => undefined} /></Rules>
    </MemoryRouter>
  );
}
const text = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "text" });
const card = (at: number) => within(screen.getAllByRole("list")[0]?.children[at] as HTMLElement);

test("the form and its text follow each other", () => {
  render(<Page />);
  fireEvent.click(screen.getByRole("button", { name: /^VIP/ }));
  const first = within(screen.getByRole("group", { name: "Place 1" }));
  fireEvent.change(first.getByRole("textbox", { name: "For how long" }), { target: { value: "4x5" } });
  expect(text().value).toBe(TEXT.replace('"timeout":30', '"timeout":45'));
  fireEvent.change(text(), { target: { value: TEXT.replace('"timeout":30', '"timeout":7') } });
  expect(first.getByRole<HTMLInputElement>("textbox", { name: "For how long" }).value).toBe("7");
  expect(first.getByText("Also in the JSON: own")).toBeTruthy();
});

test("a broken text holds the form as it was, and nobody can write in it", () => {
  render(<Page />);
  fireEvent.change(text(), { target: { value: TEXT.slice(0, -1) } });
  expect(screen.getByRole("status").textContent).toContain("waits");
  expect(screen.getByText("VIP").closest("[inert]")).not.toBeNull();
  fireEvent.change(text(), { target: { value: TEXT } });
  expect(screen.getByText("VIP").closest("[inert]")).toBeNull();
});

test("a filter that is moved stays open and keeps the focus", () => {
  render(<Page />);
  fireEvent.click(screen.getByRole("button", { name: /^VIP/ }));
  fireEvent.click(screen.getByRole("button", { name: "Move VIP down" }));
  expect(card(1).getByRole("button", { name: /^VIP/ }).getAttribute("aria-expanded")).toBe("true");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Move VIP up");
  expect(screen.getByText("Now number 2 of 2")).toBeTruthy();
});

test("what the server refused opens its filter and stands at its field", () => {
  const { rerender } = render(<Page />);
  rerender(<Page fault={{ pointer: `${targetPlace(0, 1)}/skip_if`, words: "No such thing" }} />);
  const second = within(screen.getByRole("group", { name: "Place 2" }));
  const field = second.getByRole("textbox", { name: "Leave at once if" });
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(second.getByText("No such thing")).toBeTruthy();
  rerender(<Page fault={{ pointer: `${OTHER}/queue`, words: "Not there" }} />);
  expect(screen.getByText("Not there")).toBeTruthy();
});

test("queues are named; one that is not there is shown as such, and none is blamed before they are read", () => {
  const { rerender } = render(<Page queues={null} />);
  expect(card(0).getByText(/waits in …/)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: /^Filter 2/ }));
  expect(screen.queryByText("This workspace has no such queue")).toBeNull();
  rerender(<Page />);
  expect(card(0).getByText(/waits in Sales for 30 s, then in Sales/)).toBeTruthy();
  expect(screen.getByText("This workspace has no such queue")).toBeTruthy();
});

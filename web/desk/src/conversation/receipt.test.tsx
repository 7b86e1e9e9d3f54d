import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { Refusal } from "../api/http.ts";
import { mine } from "../state/fixtures.ts";
import { Receipt } from "./Receipt.tsx";

const commands = vi.hoisted(() => ({ arrived: vi.fn(), retry: vi.fn() }));
const toast = vi.hoisted(() => vi.fn());
vi.mock("../state/commands.ts", () => ({ useCommands: () => commands }));
vi.mock("@seaway/kit/toasts", () => ({ toast }));

const asked = () => screen.queryAllByRole("button").map((button) => button.textContent);

beforeEach(() => {
  commands.arrived.mockReset().mockResolvedValue(undefined);
  commands.retry.mockReset().mockResolvedValue(undefined);
  toast.mockReset();
});

test("who finds a message of unknown fate at the customer says so", () => {
  const message = mine(1, { state: "uncertain", problem: { code: "uncertain", detail: "who knows" } });
  render(<Receipt message={message} />);
  expect(asked()).toEqual(["state.arrived", "state.retry"]);
  fireEvent.click(screen.getByRole("button", { name: "state.arrived" }));
  expect(commands.arrived).toHaveBeenCalledWith(message);
  expect(commands.retry).not.toHaveBeenCalled();
});

test("nobody is asked whether a message arrived that failed, or that is known to be there", () => {
  const { rerender } = render(<Receipt message={mine(1, { state: "failed" })} />);
  expect(asked()).toEqual(["state.retry"]);
  for (const state of ["queued", "sending", "sent", "delivered", "read"] as const) {
    rerender(<Receipt message={mine(1, { state })} />);
    expect(asked(), state).toEqual([]);
  }
});

test("a colleague was faster: the refusal is said", async () => {
  const problem = { type: "about:blank", title: "Conflict", status: 409, code: "not_in_doubt", detail: "Nobody asks any more whether this message arrived" };
  commands.arrived.mockRejectedValue(new Refusal(problem));
  render(<Receipt message={mine(1, { state: "uncertain" })} />);
  fireEvent.click(screen.getByRole("button", { name: "state.arrived" }));
  await vi.waitFor(() => expect(toast).toHaveBeenCalledWith(expect.stringContaining("Nobody asks any more")));
});

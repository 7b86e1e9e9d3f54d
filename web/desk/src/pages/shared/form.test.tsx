import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { Refusal } from "../../api/http.ts";
import { useForm } from "./form.ts";

interface Thing { name: string; text: string; version: number }
const refusal = (code: string, field?: string) => new Refusal({ type: "about:blank", title: "No", status: 409, code, detail: "No", field });

it("saves only what changed, over the version it began with", async () => {
  const save = vi.fn(async (changed: Partial<Thing>, base: Thing) => ({ ...base, ...changed, version: 2 }));
  const { result } = renderHook(() => useForm<Thing>({ key: "a", base: { name: "Old", text: "x", version: 1 }, save }));
  act(() => result.current.set("name", "New"));
  expect(result.current.dirty).toBe(true);
  await act(async () => void (await result.current.save()));
  expect(save).toHaveBeenCalledWith({ name: "New" }, { name: "Old", text: "x", version: 1 });
  expect(result.current.dirty).toBe(false);
});

it("is clean again when one types the old value back", () => {
  const { result } = renderHook(() => useForm<Thing>({ key: "b", base: { name: "Old", text: "", version: 1 }, save: async (_, base) => base }));
  act(() => result.current.set("name", "New"));
  act(() => result.current.set("name", "Old"));
  expect(result.current.dirty).toBe(false);
});

it("keeps what was typed on top of the newer version after a conflict", async () => {
  const save = vi.fn<(changed: Partial<Thing>, base: Thing) => Promise<Thing>>().mockRejectedValueOnce(refusal("stale_version")).mockImplementation(async (changed, base) => ({ ...base, ...changed, version: 6 }));
  const { result } = renderHook(() => useForm<Thing>({ key: "c", base: { name: "Old", text: "x", version: 4 }, save, fresh: async () => ({ name: "Old", text: "theirs", version: 5 }) }));
  act(() => result.current.set("name", "Mine"));
  await act(async () => void (await result.current.save()));
  expect(result.current.stale).toBe(true);
  await act(async () => result.current.reload());
  expect(result.current.values).toEqual({ name: "Mine", text: "theirs", version: 5 });
  expect(result.current.kept).toBe(true);
  await act(async () => void (await result.current.save()));
  expect(save).toHaveBeenLastCalledWith({ name: "Mine" }, { name: "Old", text: "theirs", version: 5 });
});

it("keeps a draft when one leaves and comes back, and forgets it when discarded", () => {
  const source = { key: "d", base: { name: "Old", text: "", version: 1 }, save: async (_: Partial<Thing>, base: Thing) => base };
  const first = renderHook(() => useForm<Thing>(source));
  act(() => first.result.current.set("text", "half a sent"));
  first.unmount();
  const second = renderHook(() => useForm<Thing>(source));
  expect(second.result.current.values.text).toBe("half a sent");
  act(() => second.result.current.discard());
  second.unmount();
  expect(renderHook(() => useForm<Thing>(source)).result.current.dirty).toBe(false);
});

it("gives the words to the field that is to blame", async () => {
  const { result } = renderHook(() => useForm<Thing>({ key: "e", base: { name: "Old", text: "", version: 1 }, save: async () => { throw refusal("name_taken", "/name"); } }));
  act(() => result.current.set("name", "Taken"));
  await act(async () => void (await result.current.save()));
  expect(result.current.errorOf("/name")).toBe("No");
  expect(result.current.errorOf("/text")).toBeNull();
});

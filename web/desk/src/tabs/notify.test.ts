import { afterEach, expect, test, vi } from "vitest";
import { notificationsOn } from "./notify.ts";

afterEach(() => vi.unstubAllGlobals());

test("notifications are on once the browser allows them, until the agent says no", () => {
  vi.stubGlobal("Notification", { permission: "granted" });
  expect(notificationsOn({})).toBe(true);
  expect(notificationsOn({ notifications: true })).toBe(true);
  expect(notificationsOn({ notifications: false })).toBe(false);
});

test("a wish alone shows nothing: a browser that was not asked, refused or cannot has the last word", () => {
  for (const permission of ["default", "denied"]) {
    vi.stubGlobal("Notification", { permission });
    expect(notificationsOn({ notifications: true })).toBe(false);
  }
  vi.stubGlobal("Notification", undefined);
  expect(notificationsOn({ notifications: true })).toBe(false);
});

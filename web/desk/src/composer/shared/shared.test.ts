import { expect, test } from "vitest";
import { aPerson, aPlace, asShared, degrees, pasted, wrongInPerson, wrongInPlace } from "./shared.ts";

test("degrees are numbers with a point or a comma", () => {
  expect([degrees("53.5"), degrees(" -9,25 "), degrees("+0"), degrees(""), degrees("53°"), degrees("1e3")]).toEqual([53.5, -9.25, 0, null, null, null]);
  expect(pasted("53.5436, 9.9678")).toEqual({ latitude: "53.5436", longitude: "9.9678" });
  expect([pasted("53,5"), pasted("53.5"), pasted("here, there")]).toEqual([null, null, null]);
});

test("each mistake stands at its field", () => {
  expect(wrongInPlace({ ...aPlace(), latitude: "91", longitude: "-180" })).toEqual({ latitude: "range" });
  expect(wrongInPlace(aPlace())).toEqual({ latitude: "required", longitude: "required" });
  expect(wrongInPerson(aPerson())).toEqual({ name: "required", phone: "bare" });
  expect(wrongInPerson({ ...aPerson(), name: "김민지", phone: "0157 5980000" })).toEqual({ phone: "bad_phone" });
  expect(wrongInPerson({ ...aPerson(), name: "김민지", email: "minji@shop" })).toEqual({ email: "bad_email" });
  expect(wrongInPerson({ ...aPerson(), name: "김민지", phone: "+82 10 1234 5678", email: "minji@shop.example" })).toEqual({});
});

test("blank fields do not leave", () => {
  expect(asShared({ ...aPlace(), name: " Café ", latitude: "53,5", longitude: "9.9" }, { ...aPerson(), name: "Bea", email: "bea@shop.example" })).toEqual({
    location: { name: "Café", address: "", latitude: 53.5, longitude: 9.9 }, contact: { name: "Bea", organization: "", phones: [], emails: ["bea@shop.example"] },
  });
});

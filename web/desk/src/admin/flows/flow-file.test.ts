import { expect, it } from "vitest";
import { mapJson } from "../shared/json-map.ts";
import { BLANK_FLOW, readFlowFile } from "./flow-file.ts";

it("takes a bare definition and one that is wrapped", () => {
  expect(readFlowFile('{"states":[],"initial_state":"Trigger"}', "front-door.json")).toMatchObject({ ok: true, name: "front-door" });
  expect(readFlowFile('{"friendly_name":"Night","definition":{"states":[]}}', "x.json")).toMatchObject({ ok: true, name: "Night" });
});

it("says why a file is no flow", () => {
  expect(readFlowFile("{", "x.json")).toEqual({ ok: false, why: "json" });
  expect(readFlowFile('{"states":{}}', "x.json")).toEqual({ ok: false, why: "shape" });
  expect(readFlowFile("[]", "x.json")).toEqual({ ok: false, why: "shape" });
});

it("begins a new flow with JSON", () => expect(mapJson(BLANK_FLOW).fault).toBeNull());

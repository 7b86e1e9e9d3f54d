import type { ChannelKind, Setting } from "@seaway/api/types";
import { expect, it } from "vitest";
import { defaults, missing, splitLines } from "./settings.ts";

const setting = (key: string, kind: Setting["kind"], required = true, fallback: string | null = null): Setting => ({ key, kind, required, default: fallback, label: key, help: "" });
const kind: ChannelKind = { kind: "fax", name: "Fax", ended: null, preview_url: null, settings: [setting("number", "phone"), setting("token", "secret"), setting("sites", "list"), setting("on", "toggle", true, "true"), setting("color", "color", false, "#123456")] };

it("starts a form with the defaults and no secret", () => expect(defaults(kind)).toEqual({ number: "", sites: [], on: true, color: "#123456" }));

it("names what is still missing; a stored secret counts", () => {
  expect(missing(kind, defaults(kind), {}, [])).toEqual(["number", "token", "sites"]);
  expect(missing(kind, { ...defaults(kind), number: "+49", sites: ["https://a.example"] }, {}, ["token"])).toEqual([]);
  expect(missing(kind, { number: "  ", sites: ["x"] }, { token: "t" }, [])).toEqual(["number"]);
});

it("takes one entry per line, without blanks and doubles", () => expect(splitLines(" a \n\nb, a\n")).toEqual(["a", "b"]));

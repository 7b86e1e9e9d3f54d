import { expect, it } from "vitest";
import { readSkills, writeSkills } from "./skills.ts";

const text = '{"vip": true, "routing": {"skills": ["returns", "b2b"], "levels": {"returns": 60}, "team": "north"}, "languages": ["en", "ko"], "department": "support"}';

it("reads what the form knows and names the rest", () => {
  expect(readSkills(text)).toEqual({ skills: [{ name: "returns", level: 60 }, { name: "b2b", level: null }], languages: ["en", "ko"], department: "support", others: ["vip"] });
  expect(readSkills("")).toEqual({ skills: [], languages: [], department: "", others: [] });
});

it("changes one thing and leaves everything else, in its order", () => {
  const next = writeSkills(text, { languages: ["de"] });
  expect(JSON.parse(next)).toEqual({ ...(JSON.parse(text) as object), languages: ["de"] });
  expect(Object.keys(JSON.parse(next) as object)).toEqual(["vip", "routing", "languages", "department"]);
});

it("takes a level away with its skill and keeps foreign routing data", () => {
  expect(JSON.parse(writeSkills(text, { skills: [{ name: "b2b", level: 10 }] }))).toMatchObject({ routing: { skills: ["b2b"], levels: { b2b: 10 }, team: "north" } });
  expect(JSON.parse(writeSkills('{"routing":{"skills":["a"]}}', { skills: [] }))).toEqual({});
});

it("never touches a text it cannot read", () => {
  for (const broken of ["[1]", "{", '"x"']) {
    expect(readSkills(broken)).toBeNull();
    expect(writeSkills(broken, { department: "sales" })).toBe(broken);
  }
});

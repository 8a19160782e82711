// What several policies need together.
import { expect, test } from "vitest";
import type { Borders } from "../../../src/request/chat/keywords.ts";
import { unionOfNeeds } from "../../../src/request/policy/needs.ts";
import type { Needs } from "../../../src/request/policy/policy.ts";

const needs = (borders: Record<string, Borders | undefined>): Needs => ({
  keywords: Object.keys(borders),
  borders: new Map(Object.entries(borders).filter((entry): entry is [string, Borders] => entry[1] !== undefined)),
  scopes: [],
  params: [],
});

test.each([
  ["all ask for the same", [{ hi: "both" }, { hi: "both" }], { hi: "both" }],
  ["one asks for fewer", [{ hi: "both" }, { hi: "start" }], { hi: "start" }],
  ["one takes it anywhere", [{ hi: "both" }, { hi: undefined }], {}],
  ["one takes it anywhere, and another asks later", [{ hi: undefined }, { hi: "both" }], {}],
  ["others do not know it", [{ hi: "both" }, { design: undefined }], { hi: "both" }],
] as const)("a keyword is looked for at the borders of words where %s", (_what, asked, borders) => {
  const union = unionOfNeeds(asked.map((borders) => needs(borders as Record<string, Borders | undefined>)));
  expect(Object.fromEntries(union.borders ?? [])).toEqual(borders);
});

test("policies that say nothing of borders take their keywords anywhere", () => {
  expect(unionOfNeeds([{ keywords: ["hi"], scopes: ["all"], params: [] }]).borders).toEqual(new Map());
});

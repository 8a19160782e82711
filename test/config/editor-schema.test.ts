// The JSON Schema for editors, by an independent judge: it takes every configuration that is shipped, and refuses what sluice refuses.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { exampleConfig } from "../../scripts/reference.ts";
import { editorSchemaText } from "../../src/config/editor-schema.ts";
import { parseConfig } from "../../src/config/load.ts";
import { POLICIES } from "../../src/config/policies/list.ts";
import { ConfigInvalid } from "../../src/config/problems.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isValid = new Ajv({ strict: true, strictRequired: false }).compile(JSON.parse(editorSchemaText()));

const problemsIn = (yaml: string) => {
  isValid(parse(yaml) ?? {});
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};
const sluiceTakes = (yaml: string) => {
  try {
    parseConfig(yaml, "test", () => ({ kind: "model", model: modelOf(["prove"]) }));
    return true;
  } catch (error) {
    if (error instanceof ConfigInvalid) return false;
    throw error;
  }
};

describe("the JSON Schema for editors", () => {
  const shipped = ["examples/*.yaml", "envoy/sluice.yaml", "deploy/kubernetes/sluice.yaml"].flatMap((path) =>
    globSync(path, { cwd: ROOT }),
  );
  it.each(shipped)("takes %s", (path) => {
    expect(problemsIn(readFileSync(`${ROOT}/${path}`, "utf8"))).toEqual([]);
  });

  it.each(POLICIES)("takes the reference's example of the policy $type", ({ type }) => {
    expect(problemsIn(exampleConfig(type))).toEqual([]);
  });

  it.each([
    ["a key at the top", "listne: {}"],
    ["a key of a map", "listen: { admni: 127.0.0.1:1 }"],
    ["a key of a list's entry", "tiers: [{ name: weak, colour: red }]"],
    ["a key of a policy", "policies: { main: { type: threshold, maxChar: 5 } }"],
    ["a key of another type of policy", "policies: { main: { type: fixed, tier: weak, preset: v7 } }"],
    ["a type of policy that there is not", "policies: { main: { type: treshold } }"],
    ["a policy without its type", "policies: { main: { preset: v7 } }"],
    ["a word that is none of the choices", "policies: { main: { type: threshold, preset: v8 } }"],
    ["a name that cannot be a tier's", "tiers: [{ name: Weak }]"],
    ["a number too large", "traces: { sampleShare: 2 }"],
    ["text for a number", "limits: { maxBodyBytes: many }"],
  ])("refuses %s, as sluice does", (_what, yaml) => {
    expect(problemsIn(yaml)).not.toEqual([]);
    expect(sluiceTakes(yaml)).toBe(false);
  });

  it("may be named in the file it is for", () => {
    const yaml = "$schema: ./sluice.schema.json\nactive: main\n";
    expect(problemsIn(yaml)).toEqual([]);
    expect(parseConfig(yaml, "test")).toEqual(parseConfig("active: main\n", "test"));
  });

  it("explains every key that it knows", () => {
    const unexplained: string[] = [];
    const visit = (schema: Schema, path: string) => {
      const isMap = schema.properties !== undefined || schema.additionalProperties instanceof Object;
      if (path !== "" && schema.description === undefined && !isMap && schema.oneOf === undefined) unexplained.push(path);
      for (const [key, inner] of Object.entries(schema.properties ?? {})) visit(inner, `${path}.${key}`);
      for (const kind of schema.oneOf ?? [])
        for (const [key, inner] of Object.entries(kind.properties ?? {})) visit(inner, `${path}.${key}`);
    };
    visit(JSON.parse(editorSchemaText()) as Schema, "");
    expect(unexplained).toEqual([]);
  });
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
}

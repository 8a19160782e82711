// docs/reference.md says what the code says.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { exampleConfig, REFERENCE_FILE, referenceText, SCHEMA_FILE } from "../scripts/reference.ts";
import { activePolicy } from "../src/config/config.ts";
import { editorSchemaText } from "../src/config/editor-schema.ts";
import { describeKeys, describePolicyTypes } from "../src/config/keys.ts";
import { parseConfig } from "../src/config/load.ts";
import { POLICY_REASONS } from "../src/config/policies/list.ts";
import { warningsOf } from "../src/config/warnings.ts";
import { ABSTAINED, UNROUTED_REASONS } from "../src/request/routing/reasons.ts";
import { modelOf } from "./request/policy/learned/model-of.ts";

describe("the reference", () => {
  test("is what the code would write now (if not: npm run reference)", () => {
    expect(readFileSync(REFERENCE_FILE, "utf8")).toBe(referenceText());
  });

  test("has the JSON Schema beside it that the code would write now", () => {
    expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(editorSchemaText());
  });

  test("has at most 165 configuration keys beside the policies', each with a meaning", () => {
    const keys = describeKeys();
    expect(keys.length).toBeGreaterThan(15);
    expect(keys.length).toBeLessThanOrEqual(165);
    expect(keys.filter(({ meaning }) => meaning === "")).toEqual([]);
  });

  test("has at most 18 keys for a policy, 47 for rules with all their conditions, 23 for one with an endpoint, each with a meaning", () => {
    const types = describePolicyTypes();
    expect(types.map(({ type }) => type)).toEqual([
      "threshold",
      "rules",
      "difficulty",
      "learned",
      "cheapest",
      "bandit",
      "fixed",
      "random",
      "length",
      "chain",
    ]);
    for (const { type, keys } of types) {
      expect(keys.length, type).toBeLessThanOrEqual(type === "rules" ? 47 : type === "learned" ? 23 : 18);
      expect(
        keys.filter(({ meaning }) => meaning === ""),
        type,
      ).toEqual([]);
    }
  });

  test.each(describePolicyTypes())("its example of the policy $type is a valid configuration with that policy", ({ type }) => {
    const config = parseConfig(exampleConfig(type), "example", () => ({ kind: "model", model: modelOf(["prove"]) }));
    expect(activePolicy(config).type).toBe(type);
    expect(warningsOf(config)).toEqual([]);
  });

  test("has a meaning for every reason that policies and passing on give", () => {
    const names = [...POLICY_REASONS, ABSTAINED, ...UNROUTED_REASONS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["rule", "default", "difficulty", "random", "fixed", "abstained", "learned-over"]));
  });
});

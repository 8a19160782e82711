import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandOf, runConfiguration, USE_LENGTH, useModel, usePolicy, useWeak, without } from "../../src/cli/run-account.ts";
import { parseConfig } from "../../src/config/load.ts";

const DEFAULTS = parseConfig("", "defaults");

describe("the command line", () => {
  test.each([
    [["evaluate", "--data", "a b.jsonl", "--labels", "weak=easy,0"], "sluice evaluate --data 'a b.jsonl' --labels weak=easy,0"],
    [["--columns", "prompt=it's"], `sluice --columns 'prompt=it'\\''s'`],
    [["--gate", "misroute<=0.05", "$(rm x)", ""], `sluice --gate 'misroute<=0.05' '$(rm x)' ''`],
    [["--data", "https://user:pass@host/a.jsonl"], "sluice --data https://[redacted]@host/a.jsonl"],
  ])("%j can be given to a shell, without secrets", (words, command) => {
    expect(commandOf(words)).toBe(command);
  });

  test("an option goes with all its values", () => {
    const words = ["evaluate", "--policy", "v7", "v1", "--data", "a", "--html=x", "--json", "--seed", "7"];
    expect(without(words, "--policy", "--html", "--json")).toEqual(["evaluate", "--data", "a", "--seed", "7"]);
  });
});

describe("lines of sluice.yaml", () => {
  test.each([
    ["all to weak", useWeak(DEFAULTS), "fixed"],
    ["length", USE_LENGTH, "length"],
    ["a preset", usePolicy(DEFAULTS, undefined, "v1"), "threshold"],
    ["a policy that is configured", usePolicy(DEFAULTS, undefined, "main"), "threshold"],
  ])("%s are a configuration", (_, lines, type) => {
    const { policies, active } = parseConfig(lines.join("\n"), "lines");
    expect(policies[active]).toMatchObject({ type });
  });

  test("a model's path is one from the configuration's folder", () => {
    expect(useModel("models/m.json", "deploy/sluice.yaml").join("\n")).toContain("file: ../models/m.json");
    expect(usePolicy(DEFAULTS, undefined, `learned:${join("models", "week 1.json")}`).at(-1)).toContain('file: "models/week 1.json"');
  });
});

test("the configuration tells the policies asked for and those they ask, with settings and without secrets", () => {
  const text = `
tiers: [{ name: small, price: { inputPerMTok: 1 } }, { name: large }]
active: both
policies:
  both: { type: chain, of: [byRule, cheap] }
  byRule: { type: rules, headers: [x-api-key], rules: [{ name: r, tier: large, match: { headers: { x-api-key: s3cret } } }] }
  cheap: { type: fixed, tier: small }
  unasked: { type: length }
`;
  const told = runConfiguration(parseConfig(text, "c.yaml"), "c.yaml", ["both"]);
  expect(told?.policies.map(({ name }) => name)).toEqual(["both", "byRule", "cheap"]);
  expect(told).toMatchObject({
    file: "c.yaml",
    defaultTier: "large",
    policies: [{ id: expect.stringMatching(/^both@/) }, {}, { settings: { tier: "small" } }],
  });
  expect(JSON.stringify(told)).not.toContain("s3cret");
});

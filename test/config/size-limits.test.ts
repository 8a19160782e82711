// What is too much for a configuration is refused with the reason, and what is wrong in a large one is told in few lines.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { nearest } from "../../src/config/nearest.ts";
import { ConfigInvalid } from "../../src/config/problems.ts";
import { SluiceError } from "../../src/errors.ts";

const many = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join("");

function refusal(text: string): SluiceError {
  try {
    parseConfig(text, "sluice.yaml");
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

const chains = (count: number) =>
  `active: p0\npolicies:\n${many(count, (at) => `  p${at}: { type: chain, of: [p${at + 1}, p${at + 2}] }\n`)}` +
  `  p${count}: { type: fixed, tier: weak }\n  p${count + 1}: { type: fixed, tier: weak }\n`;

const regexes = (count: number) => many(count, (at) => `{ regex: a${at} },`);

describe("refused, with the reason", () => {
  test.each<[what: string, text: string, message: string]>([
    ["100,000 unknown keys", many(100_000, (at) => `key${at}: 1\n`), "sluice.yaml: more than 200000 words, marks and line ends of YAML"],
    [
      "1,000 policies",
      `policies:\n${many(1000, (at) => `  p${at}: { type: threshold }\n`)}`,
      "sluice.yaml: 1 problem\n  sluice.yaml:2:3: policies: has 1000 policies; at most 256 are possible",
    ],
    [
      "an alias that stands for a million values",
      `a: &a [${"1,".repeat(20_000)}]\nb: [${"*a,".repeat(60)}]`,
      "sluice.yaml: 1 problem\n  sluice.yaml:1:1: comes to more than 100000 values, aliases written out",
    ],
    [
      "lists that stand 500 deep in each other, in params too",
      `tiers: [{ name: a, params: { x: ${"[".repeat(500)}${"]".repeat(500)} } }]`,
      "sluice.yaml: 1 problem\n  sluice.yaml:1:1: maps and lists stand more than 64 deep in each other",
    ],
    [
      "chains whose links multiply",
      chains(15),
      "sluice.yaml: 3 problems\n  sluice.yaml:3:7: policies.p0: asks more than 1000 policies, those that its links ask counted too",
    ],
    [
      "1,001 regular expressions",
      `policies: { main: { type: rules, rules: [{ name: a, tier: weak, match: { any: [${regexes(1001)}] } }] } }`,
      "sluice.yaml: 1 problem\n  sluice.yaml:1:19: policies.main: has 1001 regular expressions in all; at most 1000 are possible",
    ],
  ])("%s", (_what, text, message) => {
    expect(refusal(text).message).toContain(message);
  });
});

describe("told in few lines", () => {
  test("the first 20 of 10,000 problems in the order of the lines, and how many more there are", () => {
    const error = refusal(many(10_000, (at) => `key${at}: 1\n`));
    const lines = error.message.split("\n");
    expect(lines).toHaveLength(22);
    expect(lines[0]).toBe("sluice.yaml: 10000 problems");
    expect(lines[20]).toMatch(/^ {2}sluice\.yaml:20:1: key19: unknown key; /);
    expect(lines[21]).toBe("  and 9980 more");
    expect(error).toBeInstanceOf(ConfigInvalid);
    expect(error).toMatchObject({ count: 10_000, problems: { length: 20 } });
  });

  test("of a key that never ends, its beginning", () => {
    const { message } = refusal(`? ${"x".repeat(500_000)}\n: 1\n`);
    expect(message).toMatch(/:1:3: x{400}…: unknown key; known here: /);
    expect(message.length).toBeLessThan(1500);
  });

  test("of words that are far too long to be what was meant, no letter is compared", () => {
    const word = { length: 1_000_000 } as unknown as string; // whatever else it is asked for, it has not
    expect(nearest(word, ["active", "policies"])).toBeUndefined();
  });
});

// What a half-written file can look like: no beginning of a configuration file is taken for the whole of it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadText } from "../../src/config/load.ts";
import { shrinkage } from "../../src/config/second-look.ts";
import { readYaml } from "../../src/config/yaml-text.ts";
import { SluiceError } from "../../src/errors.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples", import.meta.url));
const files = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith(".yaml"))
  .map((name): [string, string] => [name, readFileSync(join(EXAMPLES, name), "utf8")])
  .filter(([, text]) => verdictOn(text, text) !== "refused");

function contentOf(text: string) {
  return { text, given: readYaml(text, "sluice.yaml").given };
}

/** What becomes of a file that is found in the place of the one in force. */
function verdictOn(before: string, found: string): "refused" | "looked at twice" | "taken" {
  try {
    loadText(join(EXAMPLES, "sluice.yaml"), found, () => {});
  } catch (error) {
    if (error instanceof SluiceError) return "refused";
    throw error;
  }
  return shrinkage(contentOf(before), contentOf(found)).suspect ? "looked at twice" : "taken";
}

/** Half of them at the end of a line, where the rest is YAML most often. */
function cutsOf(text: string): fc.Arbitrary<number> {
  const lineEnds = [...text.matchAll(/\n(?=[\s\S])/g)].map(({ index }) => index + 1);
  return fc.oneof(fc.constantFrom(...lineEnds), fc.nat({ max: text.length - 1 }));
}

test("there are examples to cut", () => expect(files.length).toBeGreaterThan(3));

describe.each(files)("%s", (_name, text) => {
  test("no beginning of it is taken at once in the place of the whole", () => {
    fc.assert(
      fc.property(cutsOf(text), (cut) => verdictOn(text, text.slice(0, cut)) !== "taken"),
      { numRuns: 200 },
    );
  });

  test("no beginning of a file with another value is taken at once in its place, unless it has everything", () => {
    const edited = `# edited\n${text}`;
    fc.assert(
      fc.property(cutsOf(edited), (cut) => {
        const found = edited.slice(0, cut);
        return verdictOn(text, found) !== "taken" || JSON.stringify(contentOf(found).given) === JSON.stringify(contentOf(edited).given);
      }),
      { numRuns: 200 },
    );
  });

  test("the whole of it with another value, or more, is taken at once", () => {
    expect(verdictOn(text, `# edited\n${text}`)).toBe("taken");
    expect(verdictOn(text, `${text}# more\n`)).toBe("taken");
  });
});

describe("what is gone", () => {
  const seen = (before: string, after: string) => shrinkage(contentOf(before), contentOf(after));

  test.each<[what: string, before: string, after: string]>([
    ["a rule", "rules: [a, b]\n", "rules: [a]\n"],
    ["a key of a map in a list", "rules: [{ a: 1, b: 2 }]\n", "rules: [{ a: 1 }]\n"],
    ["a list", "a: { rules: [a], b: 1 }\n", "a: { b: 2 }\n"],
    ["a policy", "policies: { a: 1, b: 2 }\n", "policies: { b: 2 }\n"],
    ["the line end, and who knows what before it", "maxChars: 2000\n", "# new\nmaxChars: 20"],
    ["the end of a file that never had a line end", "maxChars: 2000", "maxChars: 20"],
    ["a key named like a member of every object", "a: { toString: 1 }\n", "a: {}\n"],
  ])("%s is looked at twice, and is not told", (_what, before, after) => {
    expect(seen(before, after)).toEqual({ suspect: true, gone: [] });
  });

  test("from the top of the file is told", () => {
    expect(seen("active: a\npolicies: {}\ntiers: []\nlog: {}\n", "tiers: []\nlog:\n")).toEqual({
      suspect: true,
      gone: ["active", "policies", "log"],
    });
  });

  test.each<[what: string, before: string, after: string]>([
    ["another value", "a: 1\n", "a: 2\n"],
    ["a value in the place of a list", "a: { threshold: [1] }\n", "a: { threshold: auto }\n"],
    ["more of everything", "a: [{ b: 1 }]\n", "a: [{ b: 1, c: 1 }, 2]\nd: 1\n"],
    ["the same entries in another order", "a: [x, y]\n", "a: [y, x]\n"],
  ])("nothing by %s", (_what, before, after) => {
    expect(seen(before, after)).toEqual({ suspect: false, gone: [] });
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { globCovers, globsDisjoint, globTest } from "../../../src/request/policy/glob.ts";

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 6 });

function oracle(glob: string): RegExp {
  const escaped = glob.split("*").map((piece) => piece.replaceAll(".", "\\."));
  return new RegExp(`^${escaped.join(".*")}$`, "s");
}

describe("a glob", () => {
  test.each([
    ["gpt-4o", "gpt-4o", true],
    ["gpt-4o", "gpt-4o-mini", false],
    ["gpt-*", "gpt-", true],
    ["*-mini", "gpt-4o-mini", true],
    ["*4*", "gpt-4o", true],
    ["a*a", "a", false],
    ["*", "", true],
    ["", "", true],
    ["gpt.4", "gpt-4", false],
  ])("%s on %s: %s", (glob, value, fits) => {
    expect(globTest(glob)(value)).toBe(fits);
  });

  test("agrees with a regular expression on generated patterns", () => {
    fc.assert(
      fc.property(pattern, text, (glob, value) => globTest(glob)(value) === oracle(glob).test(value)),
      { numRuns: 3000 },
    );
  });

  test("that covers another fits all that the other fits, and one disjoint from it nothing", () => {
    const tally = { covers: 0, disjoint: 0 };
    fc.assert(
      fc.property(pattern, pattern, text, (a, b, value) => {
        if (!oracle(b).test(value)) return;
        if (globCovers(a, b)) tally.covers++;
        if (globCovers(a, b)) expect(globTest(a)(value)).toBe(true);
        if (globsDisjoint(a, b)) tally.disjoint++;
        if (globsDisjoint(a, b)) expect(globTest(a)(value)).toBe(false);
      }),
      { numRuns: 10_000 },
    );
    expect(Math.min(tally.covers, tally.disjoint)).toBeGreaterThan(30);
  });

  test("made of many stars is decided in no time", () => {
    const before = performance.now();
    expect(globTest("*a".repeat(2000))("a".repeat(1999))).toBe(false);
    expect(performance.now() - before).toBeLessThan(200);
  });
});

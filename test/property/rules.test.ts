// Rules against a slow interpreter that shares nothing with src/, and what is said about them against what they do.
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileRegex } from "../../src/request/policy/regex.ts";
import { ruleConflicts } from "../../src/request/policy/rule-conflicts.ts";
import { rulesPolicy } from "../../src/request/policy/rules.ts";
import { askedWith, matching, randomParts, randomRules } from "../support/random-rules.ts";

const compiled = new Map(["hi+", "you$", "^分"].map((source) => [source, compileRegex(source)]));
const cachedRegex = (source: string) => compiled.get(source) ?? compileRegex(source);
const requests = fc.array(randomParts, { minLength: 30, maxLength: 30 });

test("the first rule that matches decides, as the interpreter says", () => {
  const tally = { decided: 0, abstained: 0 };
  fc.assert(
    fc.property(randomRules, requests, (settings, all) => {
      const policy = rulesPolicy(settings, cachedRegex);
      for (const parts of all) {
        const expected = matching(settings, parts)[0];
        tally[expected === undefined ? "abstained" : "decided"]++;
        expect(policy.decide(askedWith(parts))?.detail).toBe(expected);
      }
    }),
    { numRuns: 500 },
  );
  expect(Math.min(tally.decided, tally.abstained)).toBeGreaterThan(1000);
});

test("a rule that decides is never called dead, and two that match the same request overlap", () => {
  const tally = { never: 0, shadowed: 0, overlap: 0 };
  fc.assert(
    fc.property(randomRules, requests, (settings, all) => {
      const conflicts = ruleConflicts(settings);
      for (const { kind } of conflicts) tally[kind]++;
      const dead = new Set(conflicts.filter(({ kind }) => kind !== "overlap").map(({ rule }) => rule));
      const impossible = new Set(conflicts.filter(({ kind }) => kind === "never").map(({ rule }) => rule));
      const ruleOf = new Map(settings.rules.map((rule) => [rule.name, rule]));
      for (const parts of all) {
        const [first, ...others] = matching(settings, parts);
        if (first === undefined) continue;
        expect(dead).not.toContain(first);
        for (const later of others) {
          expect(impossible).not.toContain(later);
          const [a, b] = [ruleOf.get(first), ruleOf.get(later)];
          if (dead.has(later) || a?.priority !== b?.priority || a?.tier === b?.tier) continue;
          expect(conflicts).toContainEqual(expect.objectContaining({ kind: "overlap", rule: later, other: first }));
        }
      }
    }),
    { numRuns: 800 },
  );
  expect(Math.min(tally.never, tally.shadowed, tally.overlap)).toBeGreaterThan(100); // each was really said
});

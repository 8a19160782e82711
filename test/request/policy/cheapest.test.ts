// The cheapest tier that is predicted to be good enough: what each kind of prediction says of each tier, and a plain statement of the rule.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cheapestPolicy } from "../../../src/request/policy/cheapest.ts";
import { type Link, NO_NEEDS, type Policy, type Verdict } from "../../../src/request/policy/policy.ts";
import { policyRequest } from "../../support/policy-request.ts";

const TIERS = ["weak", "mid", "strong"];

const link = (verdict: Verdict | undefined, more: Partial<Policy> = {}): Link => ({
  id: "x@1",
  policy: { needs: NO_NEEDS, decide: () => verdict, signals: () => [], ...more },
});
/** A trained model that finds `over` needed with this probability. */
const model = (score: number, under: string, over: string) =>
  link({ tier: over, reason: "learned-over", score }, { predicts: { under, over } });
const rule = (tier: string) => link({ tier, reason: "rule" });
const silent = link(undefined);

const decided = (links: readonly Link[], atLeast = 0.8) =>
  cheapestPolicy({ by: links.map(({ id }) => id), atLeast, tiers: TIERS }, links).decide(policyRequest());

describe("the cheapest policy takes", () => {
  test.each<[what: string, links: readonly Link[], tier: string, suffice: readonly string[], score?: number]>([
    ["the first, where that is likely to be good", [model(0.1, "weak", "strong")], "weak", ["weak", "mid", "strong"], 0.1],
    ["the last, where only that is sure to be", [model(0.5, "weak", "strong")], "strong", ["strong"], 0.5],
    ["what is just good enough", [model(0.2, "weak", "strong")], "weak", ["weak", "mid", "strong"], 0.2],
    [
      "the one between, by the model that knows it",
      [model(0.9, "weak", "mid"), model(0.1, "mid", "strong")],
      "mid",
      ["mid", "strong"],
      0.9,
    ],
    ["none that no model knows: cheaper than all", [model(0.1, "mid", "strong")], "mid", ["mid", "strong"]],
    ["all from the tier of a rule on", [rule("mid")], "mid", ["mid", "strong"], 1],
    ["the first, where the rule says so", [rule("weak")], "weak", ["weak", "mid", "strong"], 0],
    ["the model's word where a rule is sterner", [rule("strong"), model(0.05, "weak", "mid")], "weak", ["weak", "strong"], 0.05],
    ["what the others say where one has no opinion", [silent, rule("mid")], "mid", ["mid", "strong"], 1],
  ])("%s", (_, links, tier, suffice, score) => {
    const verdict = decided(links);
    expect(verdict).toMatchObject({ tier, reason: "cheapest", suffice });
    if (score === undefined) expect(verdict?.score).toBeUndefined();
    else expect(verdict?.score).toBeCloseTo(score, 12);
  });

  test("the last, where good enough means for sure", () => {
    expect(decided([model(0.01, "weak", "mid"), model(0.01, "mid", "strong")], 1)).toMatchObject({ tier: "strong", suffice: ["strong"] });
  });

  test("nothing where nobody has an opinion", () => {
    expect(decided([silent, silent])).toBeUndefined();
  });

  test("the cheapest of those that reach `atLeast`, for any models side by side", () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(chance, chance, chance, (first, second, atLeast) => {
        const quality = [1 - first, 1 - second, 1];
        const expected = TIERS.filter((_, at) => (quality[at] ?? 0) >= atLeast);
        const verdict = decided([model(first, "weak", "mid"), model(second, "mid", "strong")], atLeast);
        expect(verdict?.suffice).toEqual(expected);
        expect(verdict?.tier).toBe(expected[0]);
      }),
    );
  });
});

test("what it asks is asked for: needs and links are those of all", () => {
  const needs = { keywords: ["code"], scopes: ["all" as const], params: [] };
  const links = [link(undefined, { needs }), rule("weak")];
  const policy = cheapestPolicy({ by: ["a", "b"], atLeast: 0.5, tiers: TIERS }, links);
  expect(policy.needs).toMatchObject({ keywords: ["code"], scopes: ["all"] });
  expect(policy.links).toBe(links);
});

// Every policy type at once: it is made, its verdicts carry only reasons that are documented, and the same request always gets the same.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { descriptorOf, type PolicySettings } from "../../../src/config/policies/list.ts";
import { DIFFICULTY_WORDS, defaultBands } from "../../../src/request/policy/difficulty-words.ts";
import { compileRegex } from "../../../src/request/policy/regex.ts";
import { askedWith, randomParts } from "../../support/random-rules.ts";

const TIERS = ["weak", "middle", "strong"];
const ends = { under: "weak", over: "strong" } as const;
const rule = { priority: 5, scope: "all", wholeWords: true, tier: "middle", params: [] } as const;
const POLICIES: { readonly [Type in PolicySettings["type"]]: PolicySettings & { readonly type: Type } } = {
  threshold: { type: "threshold", keywords: ["分析"], maxChars: 5, maxBytes: 9, maxTurns: 3, scope: "all", ...ends },
  rules: {
    type: "rules",
    rules: [{ ...rule, name: "greeting", match: { regex: "hi" } }],
    fallback: { tier: "weak", params: [] },
    allowedHeaders: [],
  },
  difficulty: { type: "difficulty", words: DIFFICULTY_WORDS, bands: defaultBands(TIERS) },
  learned: {
    type: "learned",
    file: undefined,
    model: undefined,
    threshold: 0.5,
    weakShare: 0.65,
    minThreshold: undefined,
    maxThreshold: undefined,
    minConfidence: 0.6,
    unsure: "up",
    highest: "strong",
    ...ends,
  },
  fixed: { type: "fixed", tier: "middle" },
  random: { type: "random", shares: TIERS.map((tier) => ({ tier, share: 1 })), seed: 1 },
  length: { type: "length", maxChars: 4, scope: "last_user", ...ends },
  chain: { type: "chain", of: ["length", "fixed"] },
  bandit: {
    ...{ type: "bandit", tiers: TIERS, score: "length", qualityPerUsd: 10, explore: 0.05, maxExplore: 0.3, halfLifeHours: 336 },
    ...{ usdPer1000: undefined, prior: undefined, priorFile: undefined, priorMass: 200 },
  },
  cheapest: { type: "cheapest", by: ["length", "threshold"], atLeast: 0.8, tiers: TIERS },
};

function made(settings: PolicySettings) {
  const linkOf = (name: string) => ({ id: `${name}@1`, policy: made(POLICIES[name as PolicySettings["type"]]) });
  const unasked = () => {
    throw new Error("every request here has an id, and no threshold moves");
  };
  return descriptorOf(settings).make(settings, {
    linkOf,
    compileRegex,
    random: unasked,
    now: () => 0,
    onThresholdMoved: unasked,
    onThresholdHeld: unasked,
    onVotesLeftOut: unasked,
  });
}

/** A chain gives the reasons of its links. */
function withLinks(settings: PolicySettings): readonly PolicySettings[] {
  const links = descriptorOf(settings).links(settings);
  return [settings, ...links.map(({ name }) => POLICIES[name as PolicySettings["type"]])];
}

describe.each(Object.entries(POLICIES))("the %s policy", (_type, settings) => {
  const [policy, again] = [made(settings), made(settings)];

  test("decides every request for one of its tiers, with a documented reason, the same each time", () => {
    const reasons = new Set(withLinks(settings).flatMap((policy) => descriptorOf(policy).reasons.map(({ name }) => name)));
    fc.assert(
      fc.property(randomParts, fc.string({ minLength: 1 }), (parts, requestId) => {
        const request = askedWith({ ...parts, requestId });
        const verdict = policy.decide(request);
        expect(TIERS).toContain(verdict?.tier);
        expect(reasons).toContain(verdict?.reason);
        expect(again.decide(request)).toEqual(verdict);
        expect(policy.decide(request)).toEqual(verdict);
      }),
      { numRuns: 200 },
    );
  });

  test("shows signals that say over where the value is, and asks for keywords in lower case", () => {
    for (const { value, threshold, over } of policy.signals(askedWith({ text: "hi 分析", requestId: "a" }))) {
      if (value !== threshold) expect(over).toBe(value > threshold);
    }
    expect(policy.needs.keywords).toEqual(policy.needs.keywords.map((word) => word.toLowerCase()));
  });
});

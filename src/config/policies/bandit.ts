// The bandit policy in the configuration: what a dollar is worth, how much is tried, and whose score it knows.
import { z } from "zod";
import { type BanditSettings, banditPolicy } from "../../request/policy/bandit/policy.ts";
import { note } from "../effective.ts";
import { policyName } from "../fields.ts";
import { fingerprint } from "../versions.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";
import { percent } from "./words.ts";

type BanditPolicy = { readonly type: "bandit" } & BanditSettings;

const MAX_HALF_LIFE_DAYS = 3650;
const HOURS_A_DAY = 24;

const schema = z.strictObject({
  type: z.literal("bandit").describe("learns from outcomes which tier is worth most for which requests, and tries the others a little"),
  score: policyName
    .optional()
    .describe("a policy whose score, 0 to 1, is known of each request too: a learned one. Default: none; facts of the request alone"),
  qualityPerUsd: z
    .number()
    .min(0)
    .max(10_000)
    .default(10)
    .describe("how much quality a US dollar is worth: with 10, an answer that costs a cent more must be 10 points better (of 100)"),
  explore: z
    .number()
    .min(0.001)
    .max(0.5)
    .default(0.05)
    .describe("the share of requests dealt to all tiers alike, for ever: by these it sees that a tier has become better"),
  maxExplore: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe("beside that share: the greatest share of requests that go to tiers which only may be the best"),
  halfLifeDays: z.number().min(0.01).max(MAX_HALF_LIFE_DAYS).default(14).describe("what was learned so long ago counts half"),
});

export const bandit: PolicyDescriptor<typeof schema, BanditPolicy> = {
  type: "bandit",
  schema,
  example: "trying: { type: bandit, qualityPerUsd: 20 }",
  reasons: [
    { name: "bandit-best", meaning: "the tier that has been worth most for such requests, its cost counted" },
    { name: "bandit-tried", meaning: "another tier, drawn by lot, to learn from its answer" },
  ],
  resolve({ type, score, qualityPerUsd, explore, maxExplore, halfLifeDays }, { name, idOf, tiers }) {
    const settings = { qualityPerUsd, explore, maxExplore, halfLifeHours: halfLifeDays * HOURS_A_DAY };
    const id = `${name}@${fingerprint({ ...settings, tiers, score: score === undefined ? undefined : idOf(score) })}`;
    return { type, tiers, score, ...settings, id };
  },
  make: (settings, { random, now, linkOf }) =>
    banditPolicy(settings, { random, now, link: settings.score === undefined ? undefined : linkOf(settings.score) }),
  tiers: ({ tiers }) => tiers,
  mayAbstain: () => false,
  links: ({ score }) => (score === undefined ? [] : [{ name: score, key: ["score"] }]),
  keywords: none,
  regexes: none,
  insideWords: none,
  params: none,
  outlivesReload: true,
  summary({ qualityPerUsd, explore, maxExplore, halfLifeHours, score }, others) {
    const known = score === undefined ? "" : `, by the score of ${others.id(score)} too`;
    const tried = `${percent(explore)} to ${percent(explore + (1 - explore) * maxExplore)}`;
    const days = halfLifeHours / HOURS_A_DAY;
    return [
      `the tier that is worth most, a dollar being worth ${qualityPerUsd} of quality${known}`,
      `deals ${tried} of requests by lot, to learn; what it learned ${days} days ago counts half`,
    ];
  },
  warnings: none,
  shown: (settings) => settings,
  effective: ({ type, score, ...numbers }) => ({ type, score: score ?? note("none"), ...numbers }),
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};

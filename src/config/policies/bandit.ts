// The bandit policy in the configuration: what a dollar is worth, how much is tried, whose score it knows, and what it knows beforehand.
import { z } from "zod";
import { type BanditSettings, banditPolicy } from "../../request/policy/bandit/policy.ts";
import type { BanditPrior } from "../../request/policy/bandit/prior.ts";
import { note } from "../effective.ts";
import { filePath, policyName } from "../fields.ts";
import { fingerprint } from "../versions.ts";
import type { PolicyContext } from "./context.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";
import { percent } from "./words.ts";

/** With the path of its prior, for people. */
type BanditPolicy = { readonly type: "bandit"; readonly priorFile: string | undefined } & BanditSettings;

const MAX_HALF_LIFE_DAYS = 3650;
const HOURS_A_DAY = 24;
const PRIOR_MASS = 200;

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
  usdPer1000: z
    .number()
    .gt(0)
    .max(1_000_000)
    .optional()
    .describe(
      "US dollars that 1,000 requests shall cost: what a dollar is worth begins at `qualityPerUsd` and moves, so that they cost so " +
        "much, or less where no more is to be had for it (docs/bandit.md). A month's budget by its requests. Default: none, it stays",
    ),
  prior: filePath
    .optional()
    .describe(
      "what labelled data say of each tier, as `sluice evaluate --prior-out FILE` writes it; a path from the configuration file's " +
        "folder. Default: none, it begins knowing nothing",
    ),
  priorMass: z
    .number()
    .min(1)
    .max(100_000)
    .default(PRIOR_MASS)
    .describe("for how many requests of each tier the prior counts; at most as many as it was made of"),
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
  resolve,
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
  summary({ qualityPerUsd, usdPer1000, prior, priorMass, explore, maxExplore, halfLifeHours, score }, others) {
    const known = score === undefined ? "" : `, by the score of ${others.id(score)} too`;
    const tried = `${percent(explore)} to ${percent(explore + (1 - explore) * maxExplore)}`;
    const days = halfLifeHours / HOURS_A_DAY;
    const held = usdPer1000 === undefined ? "" : ` at first, then as much as has 1,000 requests cost $${usdPer1000}`;
    const before = prior && `knows beforehand what ${prior.rows} rows say, for ${Math.min(priorMass, prior.rows)} requests of each tier`;
    return [
      `the tier that is worth most, a dollar being worth ${qualityPerUsd} of quality${held}${known}`,
      ...(before === undefined ? [] : [before]),
      `deals ${tried} of requests by lot, to learn; what it learned ${days} days ago counts half`,
    ];
  },
  warnings: none,
  shown: ({ prior, ...settings }) => ({ ...settings, prior: prior && { rows: prior.rows } }),
  effective: ({ score, usdPer1000, prior, ...file }) => ({
    ...file,
    score: score ?? note("none"),
    usdPer1000: usdPer1000 ?? note("none, a dollar's worth stays"),
    prior: prior ?? note("none"),
  }),
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};

/** What is not set is not in the version either: it is as it was before it could be. */
function resolve(file: z.output<typeof schema>, context: PolicyContext): BanditPolicy & { readonly id: string } {
  const { type, score, qualityPerUsd, usdPer1000, priorMass, explore, maxExplore, halfLifeDays } = file;
  const { name, idOf, tiers } = context;
  const prior = priorOf(file.prior, context);
  const settings = { qualityPerUsd, explore, maxExplore, halfLifeHours: halfLifeDays * HOURS_A_DAY };
  const more = { usdPer1000, ...(prior !== undefined && { prior, priorMass }) };
  const id = `${name}@${fingerprint({ ...settings, tiers, score: score === undefined ? undefined : idOf(score), ...more })}`;
  return { type, tiers, score, ...settings, usdPer1000, prior, priorMass, priorFile: file.prior, id };
}

function priorOf(file: string | undefined, { path, tiers, readModel, complain }: PolicyContext): BanditPrior | undefined {
  if (file === undefined) return undefined;
  const at = [...path, "prior"];
  const read = readModel.prior?.(file) ?? { kind: "problem" as const, message: "no file is read here" };
  if (read.kind === "problem") {
    complain(at, read.message);
    return undefined;
  }
  const unknown = tiers.filter((tier) => read.prior.tiers[tier] === undefined);
  if (unknown.length > 0) complain(at, `${file} says nothing of ${unknown.join(" and ")}; \`sluice evaluate --prior-out\` makes a new one`);
  return read.prior;
}

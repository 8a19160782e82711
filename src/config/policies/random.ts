// The random policy in the configuration: the tiers' shares.
import { z } from "zod";
import { type RandomSettings, randomPolicy } from "../../request/policy/random.ts";
import { count, tierName } from "../fields.ts";
import { knownTier, type PolicyContext, versioned } from "./context.ts";
import { baseline, type PolicyDescriptor } from "./descriptor.ts";
import { percent } from "./words.ts";

type RandomPolicy = { readonly type: "random" } & RandomSettings;

const schema = z.strictObject({
  type: z.literal("random").describe("each tier with its share of the requests; the same `x-request-id` always to the same tier"),
  shares: z
    .record(tierName, z.number().min(0).max(1_000_000))
    .optional()
    .describe("the tiers' shares, such as `{ weak: 7, strong: 3 }`; only their ratios count. Default: equal ones"),
  seed: count.default(0).describe("another number deals the requests anew"),
});

export const random: PolicyDescriptor<typeof schema, RandomPolicy> = {
  ...baseline,
  type: "random",
  schema,
  example: "coin: { type: random, shares: { weak: 0.7, strong: 0.3 }, seed: 1 }",
  reasons: [{ name: "random", meaning: "drawn by lot, the same for the same request id" }],
  resolve: (file, context) => versioned(context, settingsOf(file, context)),
  make: (settings, { random }) => randomPolicy(settings, random),
  tiers: ({ shares }) => shares.filter(({ share }) => share > 0).map(({ tier }) => tier),
  effective: ({ type, seed }, { shares }) => ({
    type,
    shares: Object.fromEntries(shares.map(({ tier, share }) => [tier, share])),
    seed,
  }),
  summary: (settings) => [`${sharesText(settings)}, by x-request-id; seed ${settings.seed}`],
};

function settingsOf({ type, shares, seed }: z.output<typeof schema>, context: PolicyContext): RandomPolicy {
  const given = shares ?? Object.fromEntries(context.tiers.map((tier) => [tier, 1]));
  const resolved = Object.entries(given).map(([tier, share]) => ({ tier: knownTier(context, tier, "shares", tier), share }));
  if (resolved.every(({ share }) => share === 0)) context.complain([...context.path, "shares"], "at least one must be over 0");
  return { type, shares: resolved, seed };
}

function sharesText({ shares }: RandomSettings): string {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  return shares.map(({ tier, share }) => `${percent(share / total)} to ${tier}`).join(", ");
}

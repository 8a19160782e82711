// The fixed policy in the configuration: its tier.
import { z } from "zod";
import { type FixedSettings, fixedPolicy } from "../../request/policy/fixed.ts";
import { tierName } from "../fields.ts";
import { knownTier, versioned } from "./context.ts";
import { baseline, type PolicyDescriptor } from "./descriptor.ts";

type FixedPolicy = { readonly type: "fixed" } & FixedSettings;

const schema = z.strictObject({
  type: z.literal("fixed").describe("every request to one tier"),
  tier: tierName.describe("the tier"),
});

export const fixed: PolicyDescriptor<typeof schema, FixedPolicy> = {
  ...baseline,
  type: "fixed",
  schema,
  example: "cheap: { type: fixed, tier: weak }",
  reasons: [{ name: "fixed", meaning: "the policy sends everything to this tier" }],
  resolve: ({ type, tier }, context) => versioned(context, { type, tier: knownTier(context, tier, "tier") }),
  make: (settings) => fixedPolicy(settings),
  tiers: ({ tier }) => [tier],
  effective: (file) => file,
  summary: ({ tier }) => [`always ${tier}`],
};

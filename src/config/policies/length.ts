// The length policy in the configuration: how long is too long.
import { z } from "zod";
import { type LengthSettings, lengthPolicy } from "../../request/policy/length.ts";
import { count } from "../fields.ts";
import { underAndOver, versioned } from "./context.ts";
import { baseline, type PolicyDescriptor } from "./descriptor.ts";
import { MORE_CHARS, overTier, scope, UNDER_THRESHOLDS, underTier } from "./shared-keys.ts";

type LengthPolicy = { readonly type: "length" } & LengthSettings;

const schema = z.strictObject({
  type: z.literal("length").describe("over when the text is longer than `maxChars`: what any better policy must beat"),
  maxChars: count.default(500).describe("code points of the text"),
  scope,
  under: underTier,
  over: overTier,
});

export const length: PolicyDescriptor<typeof schema, LengthPolicy> = {
  ...baseline,
  type: "length",
  schema,
  example: "byLength: { type: length, maxChars: 400, scope: user }",
  reasons: [MORE_CHARS, UNDER_THRESHOLDS],
  resolve: ({ type, maxChars, scope, ...tiers }, context) => versioned(context, { type, maxChars, scope, ...underAndOver(context, tiers) }),
  make: (settings) => lengthPolicy(settings),
  tiers: ({ under, over }) => [under, over],
  effective: ({ type, maxChars, scope }, { under, over }) => ({ type, maxChars, scope, under, over }),
  summary: ({ over, maxChars, under, scope }) => [`${over} over ${maxChars} characters; else ${under}; reads ${scope}`],
};

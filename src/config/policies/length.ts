// The length policy in the configuration: how long is too long.
import { z } from "zod";
import { type LengthSettings, lengthPolicy } from "../../request/policy/length.ts";
import { count } from "../fields.ts";
import { underAndOver, versioned } from "./context.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";
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
  type: "length",
  schema,
  example: "byLength: { type: length, maxChars: 400, scope: user }",
  reasons: [MORE_CHARS, UNDER_THRESHOLDS],
  resolve: ({ type, maxChars, scope, ...tiers }, context) => versioned(context, { type, maxChars, scope, ...underAndOver(context, tiers) }),
  make: (settings) => lengthPolicy(settings),
  tiers: ({ under, over }) => [under, over],
  mayAbstain: () => false,
  links: none,
  keywords: none,
  params: none,
  files: none,
  outlivesReload: false,
  summary: ({ over, maxChars, under, scope }) => [`${over} over ${maxChars} characters; else ${under}; reads ${scope}`],
  warnings: none,
  shown: (settings) => settings,
  effective: ({ type, maxChars, scope }, { under, over }) => ({ type, maxChars, scope, under, over }),
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};

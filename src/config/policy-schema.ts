// The types of policies as they stand in the configuration file: each with its few keys, their defaults and meanings.
import { z } from "zod";
import { FORMATS, SCOPES, SCRIPTS } from "../request/chat/facts.ts";
import { FEATURES } from "../request/policy/conditions.ts";
import { DEFAULT_PRIORITY, DEFAULT_RULE_SCOPE, FIRST_PRIORITY, LAST_PRIORITY } from "../request/policy/rules.ts";
import { count, headerName, keywords, overwrite, paramsKey, pattern, policyName, regex, share, tierName } from "./fields.ts";
import { PRESET_NAMES } from "./presets.ts";

const MAX_RULES = 1000;
const MAX_BANDS = 32;

const underTier = tierName.optional().describe("the tier for a request under the threshold. Default: the first tier");
const overTier = tierName.optional().describe("the tier for a request over it. Default: the last tier");
const scope = z.enum(SCOPES).default("all").describe("which messages' text is read: `all`, those of the role `user`, or the last of these");
const threshold = z.strictObject({
  type: z
    .literal("threshold")
    .describe("over when the text holds a keyword or is longer than `maxChars` or `maxBytes`, or there are more than `maxTurns` messages"),
  preset: z.enum(PRESET_NAMES).default("v7").describe("where the keywords and thresholds that are not given come from"),
  keywords: keywords
    .optional()
    .describe("words that ask for the tier `over`, found in any case and inside words too. Default: the preset's; an own list replaces it"),
  maxChars: count.optional().describe("code points of the text. Default: the preset's"),
  maxBytes: count.optional().describe("UTF-8 bytes of the text, for mixed scripts. Default: not asked"),
  maxTurns: count.optional().describe("messages of the conversation. Default: the preset's"),
  scope,
  under: tierName.optional().describe("the tier for a request under every threshold. Default: the first tier"),
  over: tierName.optional().describe("the tier for a request over one. Default: the last tier"),
});

/** What a rule may ask of a request; all that are given must hold. */
const conditions = {
  keywords: keywords.min(1).optional().describe("at least one of these is found"),
  allKeywords: keywords.min(1).optional().describe("every one of these is found"),
  regex: regex.optional().describe("this is found anywhere in the text; RE2's syntax, `(?i)` in front for any case"),
  minChars: count.optional().describe("code points of the text, at least"),
  maxChars: count.optional().describe("code points of the text, at most"),
  minTurns: count.optional().describe("messages, at least"),
  maxTurns: count.optional().describe("messages, at most"),
  model: pattern.optional().describe("the model asked for; `*` stands for any characters, here and in the next two"),
  path: pattern.optional().describe("the request's path, without its query"),
  headers: z.record(headerName, pattern).optional().describe("headers by name, each listed in the policy's `headers`"),
  has: z
    .array(z.enum(FEATURES))
    .min(1)
    .optional()
    .describe("each of these: `json` is JSON output asked for, `code` a code fence in the text"),
  script: z.array(z.enum(SCRIPTS)).min(1).optional().describe("the text is written in one of these"),
  format: z.array(z.enum(FORMATS)).min(1).optional().describe("the request has one of these formats"),
};

const match = z.strictObject({
  ...conditions,
  any: z.array(z.strictObject(conditions)).min(1).optional().describe("one of these holds too: each a map of the conditions above"),
});

const rule = z.strictObject({
  name: z.string().min(1).max(64).describe("what the reason header and the log call it. Unique"),
  priority: z
    .int()
    .min(FIRST_PRIORITY)
    .max(LAST_PRIORITY)
    .default(DEFAULT_PRIORITY)
    .describe("the lowest number is tried first; rules of one priority in the order of the list"),
  scope: z.enum(SCOPES).default(DEFAULT_RULE_SCOPE).describe("which messages' text the conditions are about"),
  wholeWords: z
    .boolean()
    .default(true)
    .describe("keywords do not match inside longer words (`hi` in `this`); scripts without spaces, and Korean, match anywhere"),
  match: match.prefault({}).describe("what must hold. Default: nothing, so that every request matches"),
  tier: tierName.describe("where a request goes that matches"),
  params: paramsKey,
  overwrite,
});

const rules = z.strictObject({
  type: z.literal("rules").describe("the first rule that matches decides"),
  rules: z.array(rule).min(1).max(MAX_RULES).describe("the rules"),
  fallback: z
    .strictObject({ tier: tierName.describe("where a request goes that no rule matches"), params: paramsKey, overwrite })
    .optional()
    .describe("for a request that no rule matches. Default: the policy abstains"),
  headers: z.array(headerName).default([]).describe("the headers that conditions may look at"),
});

const band = z.strictObject({
  below: z.number().gt(0).max(1).optional().describe("scores under this. The last band has none, and takes the rest"),
  tier: tierName.describe("where a request of this band goes"),
  params: paramsKey,
  overwrite,
});

const words = (what: string) =>
  keywords.optional().describe(`${what}, as the start of words. Default: the preset's; an own list replaces it`);

const difficulty = z.strictObject({
  type: z
    .literal("difficulty")
    .describe("a score of 0 to 1 from the length, reasoning, structure and domain words of the last user message"),
  words: z
    .strictObject({
      reasoning: words("words of reasoning"),
      structure: words("words that ask for a structure"),
      domain: words("words of a field of knowledge"),
    })
    .prefault({}),
  bands: z
    .array(band)
    .min(1)
    .max(MAX_BANDS)
    .optional()
    .describe("which scores go where, ascending. Default: one for each tier, from 0.2 to 0.8 at equal distances; of two tiers, 0.5"),
});

const THRESHOLD_ERROR = "must be a number from 0 to 1, or auto";

const learned = z.strictObject({
  type: z.literal("learned").describe("a trained model's probability that a request needs the stronger tier"),
  file: z
    .string()
    .min(1)
    .optional()
    .describe("the model that `sluice train` wrote; a path from the configuration file's folder. Default: untrained"),
  threshold: z
    .union([share, z.literal("auto")], { error: THRESHOLD_ERROR })
    .optional()
    .describe("the probability from which a request goes to `over`; `auto` moves it to hold `weakShare`. Default: as trained"),
  weakShare: share.optional().describe("of `auto`: the share of requests that shall go to `under`. Default: as trained"),
  minThreshold: share.optional().describe("`auto` goes no lower. Default: where the share was 20 points less in training"),
  maxThreshold: share.optional().describe("`auto` goes no higher. Default: where the share was 20 points more in training"),
  minConfidence: z
    .number()
    .min(0.5)
    .max(1)
    .optional()
    .describe("of the likelier answer; below it the policy is unsure. Default: 0.6 beside a `threshold` in numbers, else 0.5: never"),
  unsure: z
    .enum(["abstain", "up"])
    .optional()
    .describe("what an unsure policy does: `abstain`, or `up` to the last tier. Default: `up`, without a model `abstain`"),
  under: underTier,
  over: overTier,
});

const fixed = z.strictObject({
  type: z.literal("fixed").describe("every request to one tier"),
  tier: tierName.describe("the tier"),
});

const random = z.strictObject({
  type: z.literal("random").describe("each tier with its share of the requests; the same `x-request-id` always to the same tier"),
  shares: z
    .record(tierName, z.number().min(0).max(1_000_000))
    .optional()
    .describe("the tiers' shares, such as `{ weak: 7, strong: 3 }`; only their ratios count. Default: equal ones"),
  seed: count.default(0).describe("another number deals the requests anew"),
});

const length = z.strictObject({
  type: z.literal("length").describe("over when the text is longer than `maxChars`: what any better policy must beat"),
  maxChars: count.default(500).describe("code points of the text"),
  scope,
  under: underTier,
  over: overTier,
});

const chain = z.strictObject({
  type: z.literal("chain").describe("asks policies in order; the first that does not abstain decides"),
  of: z.array(policyName).min(1).max(MAX_RULES).describe("their names"),
});

export const policySchema = z.discriminatedUnion("type", [threshold, rules, difficulty, learned, fixed, random, length, chain]);

/** A policy of the file, its own defaults filled in. */
export type PolicyFile = z.output<typeof policySchema>;
export type PolicyFileOf<Type extends PolicyFile["type"]> = Extract<PolicyFile, { readonly type: Type }>;

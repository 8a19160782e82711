// The threshold policy in the configuration: a preset, and what is said otherwise than in it.
import { z } from "zod";
import { type ThresholdSettings, thresholdPolicy } from "../../request/policy/threshold.ts";
import { type Effective, note } from "../effective.ts";
import { count, keywords, tierName } from "../fields.ts";
import { PRESET_NAMES, PRESETS, type PresetName } from "../presets.ts";
import { loweredWords } from "../references.ts";
import { fingerprint } from "../versions.ts";
import { type PolicyContext, underAndOver } from "./context.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";
import { countTurns, MORE_CHARS, scope, turnsCounted, turnWord, UNDER_THRESHOLDS } from "./shared-keys.ts";
import { counted } from "./words.ts";

type ThresholdPolicy = { readonly type: "threshold" } & ThresholdSettings;

const schema = z.strictObject({
  type: z
    .literal("threshold")
    .describe("over when the text holds a keyword or is longer than `maxChars` or `maxBytes`, or there are more than `maxTurns` turns"),
  preset: z
    .enum(PRESET_NAMES)
    .default("v7")
    .describe("where the keywords and thresholds that are not given come from; `v7-hant` is `v7` with words in Traditional Chinese, too"),
  keywords: keywords
    .optional()
    .describe("words that ask for the tier `over`, found in any case and inside words too. Default: the preset's; an own list replaces it"),
  wholeWords: z
    .boolean()
    .default(false)
    .describe("keywords do not match inside longer words (`design` in `designated`); scripts without spaces, and Korean, match anywhere"),
  maxChars: count.optional().describe("code points of the text. Default: the preset's"),
  maxBytes: count.optional().describe("UTF-8 bytes of the text, for mixed scripts. Default: not asked"),
  maxTurns: count.optional().describe("turns of the conversation, as `countTurns` says. Default: the preset's"),
  countTurns,
  scope,
  under: tierName.optional().describe("the tier for a request under every threshold. Default: the first tier"),
  over: tierName.optional().describe("the tier for a request over one. Default: the last tier"),
});

export const threshold: PolicyDescriptor<typeof schema, ThresholdPolicy> = {
  type: "threshold",
  schema,
  example: "main: { type: threshold, preset: v7, maxChars: 800 }",
  reasons: [
    { name: "keyword", meaning: "the text holds a strong keyword; the header names it, percent-encoded: `keyword:%E8%AE%BE%E8%AE%A1`" },
    MORE_CHARS,
    { name: "bytes", meaning: "the text has more UTF-8 bytes than `maxBytes`" },
    { name: "turns", meaning: "the conversation has more turns than `maxTurns`" },
    UNDER_THRESHOLDS,
  ],
  resolve,
  make: (settings) => thresholdPolicy(settings),
  tiers: ({ under, over }) => [under, over],
  mayAbstain: () => false,
  links: none,
  keywords: ({ keywords }) => keywords,
  regexes: none,
  insideWords: ({ keywords, wholeWords }) => (wholeWords ? [] : keywords),
  params: none,
  outlivesReload: false,
  summary({ keywords, wholeWords, maxChars, maxBytes, maxTurns, countTurns, scope, under, over }) {
    const words = counted(keywords.length, wholeWords ? "whole word" : "keyword");
    const thresholds = [
      `${maxChars} characters`,
      ...(maxBytes === undefined ? [] : [`${maxBytes} bytes`]),
      counted(maxTurns, turnWord(countTurns)),
    ];
    return [`${over} for ${words}, or over ${thresholds.join(", ")}; else ${under}; reads ${scope}`];
  },
  warnings: none,
  shown: (settings) => settings,
  effective,
  shorthand: {
    names: PRESET_NAMES,
    hint: undefined,
    fileOf: (name) => (isPreset(name) ? { type: "threshold", preset: name } : undefined),
    idOf: ({ id }) => id,
  },
  thresholds: (settings) => settings,
  scoreIsProbability: false,
};

function isPreset(name: string): name is PresetName {
  return (PRESET_NAMES as readonly string[]).includes(name);
}

function resolve(policy: z.output<typeof schema>, context: PolicyContext) {
  const { name, path, first, last, complain } = context;
  const preset = PRESETS[policy.preset];
  // The order of the settings is part of the fingerprint: do not sort them.
  const asPreset = {
    type: policy.type,
    keywords: preset.keywords,
    maxChars: preset.maxChars,
    maxBytes: undefined,
    maxTurns: preset.maxTurns,
    scope: "all",
    under: first,
    over: last,
  } as const;
  const settings = {
    type: policy.type,
    keywords: policy.keywords === undefined ? preset.keywords : loweredWords(complain, [...path, "keywords"], policy.keywords),
    ...(policy.wholeWords ? { wholeWords: policy.wholeWords } : {}), // left out, policies of before this key keep their version
    maxChars: policy.maxChars ?? preset.maxChars,
    maxBytes: policy.maxBytes,
    maxTurns: policy.maxTurns ?? preset.maxTurns,
    ...turnsCounted(policy.countTurns),
    scope: policy.scope,
    ...underAndOver(context, policy),
  };
  const isAsPreset = fingerprint(settings) === fingerprint(asPreset);
  return { ...settings, id: `${name}@${isAsPreset ? policy.preset : fingerprint(settings)}` };
}

function effective(file: z.output<typeof schema>, settings: ThresholdSettings): Effective<z.output<typeof schema>> {
  const { type, preset, keywords, wholeWords, maxBytes, countTurns, scope } = file;
  const { maxChars, maxTurns, under, over } = settings;
  return {
    type,
    preset,
    keywords: keywords ?? note(`${settings.keywords.length} of the preset ${preset}`),
    wholeWords,
    maxChars,
    maxBytes: maxBytes ?? note("not asked"),
    maxTurns,
    countTurns,
    scope,
    under,
    over,
  };
}

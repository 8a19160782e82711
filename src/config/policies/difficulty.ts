// The difficulty policy in the configuration: lists of words, and the bands of its score.
import { z } from "zod";
import { type Band, type DifficultySettings, difficultyPolicy } from "../../request/policy/difficulty.ts";
import { DIFFICULTY_WORDS, defaultBands } from "../../request/policy/difficulty-words.ts";
import { type Effective, note } from "../effective.ts";
import { keywords, paramKeys, tierName } from "../fields.ts";
import { paramEdits, paramsText } from "../param-edits.ts";
import { loweredWords } from "../references.ts";
import { shapeKey, shapeOf, shapeText } from "../shapes.ts";
import { knownTier, type PolicyContext, versioned } from "./context.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";

type DifficultyPolicy = { readonly type: "difficulty" } & DifficultySettings;
type DifficultyFile = z.output<typeof schema>;

const MAX_BANDS = 32;

const band = z.strictObject({
  below: z.number().gt(0).max(1).optional().describe("scores under this. The last band has none, and takes the rest"),
  tier: tierName.describe("where a request of this band goes"),
  ...paramKeys,
  ...shapeKey,
});

const words = (what: string) =>
  keywords.optional().describe(`${what}, as the start of words. Default: the preset's; an own list replaces it`);

const schema = z.strictObject({
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

const example = `main:
  type: difficulty
  bands:
    - { below: 0.2, tier: weak, params: { temperature: 0.7, max_tokens: 300 } }
    - { below: 0.5, tier: weak, params: { temperature: 0.5, max_tokens: 500 } }
    - { below: 0.8, tier: strong, params: { temperature: 0.3, max_tokens: 1500 } }
    - { tier: strong, params: { temperature: 0.2, max_tokens: 2000 } }`;

export const difficulty: PolicyDescriptor<typeof schema, DifficultyPolicy> = {
  type: "difficulty",
  schema,
  example,
  reasons: [
    { name: "difficulty", meaning: "the difficulty score, which the header gives (`difficulty:0.35`), falls into the tier's band" },
  ],
  resolve: (file, context) => versioned(context, settingsOf(file, context)),
  make: (settings) => difficultyPolicy(settings),
  tiers: ({ bands }) => bands.map(({ tier }) => tier),
  mayAbstain: () => false,
  links: none,
  keywords: ({ words }) => Object.values(words).flat(),
  regexes: none,
  insideWords: none,
  params: ({ bands }) => bands.flatMap(({ params }) => params),
  outlivesReload: false,
  summary({ words: { reasoning, structure, domain }, bands }) {
    const lists = `${reasoning.length} reasoning, ${structure.length} structure and ${domain.length} domain words`;
    const lines = bands.map(
      ({ below, tier, params, shape }) =>
        `${below === undefined ? "else" : `score under ${below}`}: ${tier}${paramsText(params)}${shapeText(shape)}`,
    );
    return [`a score from the length of the last user message and ${lists}`, ...lines];
  },
  warnings: none,
  shown: (settings) => settings,
  effective,
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};

function settingsOf({ type, words, bands }: DifficultyFile, context: PolicyContext): DifficultyPolicy {
  const { path, complain, tiers } = context;
  const kind = (name: "reasoning" | "structure" | "domain") => {
    const own = words[name];
    return own === undefined ? DIFFICULTY_WORDS[name] : loweredWords(complain, [...path, "words", name], own);
  };
  const kinds = { reasoning: kind("reasoning"), structure: kind("structure"), domain: kind("domain") };
  return { type, words: kinds, bands: bands === undefined ? defaultBands(tiers) : resolveBands(bands, context) };
}

function resolveBands(bands: NonNullable<DifficultyFile["bands"]>, context: PolicyContext): readonly Band[] {
  let reached = 0;
  return bands.map(({ below, tier, params, overwrite, shape: file }, index) => {
    const path = [...context.path, "bands", index, "below"];
    const isLast = index === bands.length - 1;
    if (isLast && below !== undefined) context.complain(path, "the last band takes all the rest: leave `below` out");
    if (!isLast && below === undefined) context.complain(path, "missing; only the last band takes all the rest");
    if (below !== undefined && below <= reached) context.complain(path, `must be over the ${reached} of the band before`);
    reached = below ?? reached;
    const shape = shapeOf(below === undefined ? "score-rest" : `score-under-${below}`, file);
    const resolved = { below, tier: knownTier(context, tier, "bands", index, "tier"), params: paramEdits({ params, overwrite }) };
    return shape === undefined ? resolved : { ...resolved, shape }; // without the key a policy keeps its version
  });
}

function effective({ type, words, bands }: DifficultyFile, settings: DifficultySettings): Effective<DifficultyFile> {
  const kind = (name: "reasoning" | "structure" | "domain") => words[name] ?? note(`${settings.words[name].length} of the preset`);
  return {
    type,
    words: { reasoning: kind("reasoning"), structure: kind("structure"), domain: kind("domain") },
    bands: bands ?? settings.bands.map(({ below, tier }) => ({ below, tier })),
  };
}

// The learned policy in the configuration: its model is read, and what is not given comes from what the model was trained for.
import { resolve as absolute } from "node:path";
import { z } from "zod";
import { SluiceError } from "../../errors.ts";
import { topicSource } from "../../request/policy/learned/asked-topic.ts";
import type { ScoreBand } from "../../request/policy/learned/bands.ts";
import type { LearnedModel } from "../../request/policy/learned/learned-model.ts";
import { defaultMinConfidence, type LearnedSettings, learnedPolicy } from "../../request/policy/learned/policy.ts";
import { OTHER_TOPIC } from "../../request/policy/learned/topics.ts";
import { modelWithVector } from "../../request/policy/learned/with-vector.ts";
import type { VectorEndpoint } from "../../request/policy/vectors.ts";
import { type Effective, note } from "../effective.ts";
import { share, tierName } from "../fields.ts";
import { requireKnown } from "../references.ts";
import { shapeKey, shapeOf, shapeText } from "../shapes.ts";
import { fingerprint } from "../versions.ts";
import { knownTier, type PolicyContext, underAndOver } from "./context.ts";
import { none, type PolicyDescriptor, type Summary } from "./descriptor.ts";
import { effectiveEmbedding, embedding, embeddingFor } from "./learned-embedding.ts";
import { overTier, underTier } from "./shared-keys.ts";
import { counted, percent } from "./words.ts";

/** With the path of its model file, for people. */
type LearnedPolicy = { readonly type: "learned"; readonly file: string | undefined } & LearnedSettings;
type LearnedFile = z.output<typeof schema>;

/** Without a model, nobody has said which share would be right: the middle of the 60 to 70 % to aim at. */
const UNTRAINED_WEAK_SHARE = 0.65;
const UNTRAINED_THRESHOLD = 0.5;
/** A `minConfidence` that every probability reaches: of two answers the likelier has at least this. */
const NEVER_UNSURE = 0.5;
/** `learned:FILE` on the command line. */
const SHORTHAND_PREFIX = "learned:";

const THRESHOLD_ERROR = "must be a number from 0 to 1, or auto";

const MAX_BANDS = 16;
const distance = z.number().min(-1).max(1).optional();

const band = z
  .strictObject({
    name: z.string().min(1).max(64).describe("what log and header call its instructions. Unique"),
    from: distance.describe("how far the probability is over the threshold, at least; negative: under it. Default: however far under"),
    below: distance.describe("how far at most, this not included. Default: however far over"),
    ...shapeKey,
  })
  .check(({ value, issues }) => {
    const say = (message: string) => issues.push({ code: "custom", message, input: value });
    if (value.shape === undefined) say("must have a `shape`");
    if ((value.from ?? -1) >= (value.below ?? 1)) say("`from` must be under `below`");
  });

const schema = z.strictObject({
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
  minThreshold: share
    .optional()
    .describe("`auto` goes no lower. Default: where the share was 20 points less in training, unless the traffic proves to lie beyond"),
  maxThreshold: share
    .optional()
    .describe("`auto` goes no higher. Default: where the share was 20 points more in training, unless the traffic proves to lie beyond"),
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
  tiers: z
    .array(tierName)
    .min(3)
    .optional()
    .describe(
      "of a model for more than two tiers: those of the configuration that stand for them, cheapest first. Default: of the same names",
    ),
  under: underTier,
  over: overTier,
  bands: z
    .array(band)
    .min(1)
    .max(MAX_BANDS)
    .optional()
    .describe("instructions for some of the scores alone; the first that a score falls into counts. Default: none (docs/shaping.md)"),
  byTopic: z
    .record(z.string().min(1), z.array(tierName).min(1))
    .optional()
    .describe(
      "tiers that a topic may have, such as `law: [strong]`: the cheapest of them that is no lesser one than the score has chosen, else " +
        "the dearest. Needs a model of `sluice train --topics`; `other` is where no topic is likely enough. Default: any tier for all",
    ),
  embedding,
});

export const learned: PolicyDescriptor<typeof schema, LearnedPolicy> = {
  type: "learned",
  schema,
  example: "trained: { type: learned, file: model.json, threshold: auto, weakShare: 0.65 }",
  reasons: [
    {
      name: "learned-over",
      meaning: "the learned probability that strong is needed reaches the threshold; `:no-vector`, by the text alone",
    },
    { name: "learned-under", meaning: "the learned probability that strong is needed is under the threshold; `:no-vector` likewise" },
    { name: "learned-unsure", meaning: "the learned policy is less sure than `minConfidence`: the highest tier" },
    { name: "topic", meaning: "`byTopic` of the learned policy has another tier for what the request is about: `topic:law`" },
    { name: "untrained", meaning: "the learned policy has no model: the highest tier" },
  ],
  resolve,
  make: (settings, { onThresholdMoved, onThresholdHeld, onVotesLeftOut }) =>
    learnedPolicy(settings, { onMove: onThresholdMoved, onHeld: onThresholdHeld, onLeftOut: onVotesLeftOut }),
  tiers: ({ model, unsure, under, over, tiers, highest, topics }) => [
    ...(model === undefined ? [] : (tiers ?? [under, over])),
    ...(unsure === "up" ? [highest] : []),
    ...Object.values(topics?.sets ?? {}).flat(),
  ],
  mayAbstain: ({ model, unsure, minConfidence }) => unsure === "abstain" && (model === undefined || minConfidence > NEVER_UNSURE),
  links: none,
  keywords: none,
  regexes: none,
  insideWords: none,
  params: none,
  outlivesReload: true,
  summary,
  warnings: ({ model, unsure, highest, embedding: from }) => [
    ...(model === undefined ? [`has no \`file\`: ${unsure === "up" ? `all go to ${highest}` : "it always abstains"}`] : []),
    ...(model?.embedding === undefined || from !== undefined
      ? []
      : [`its model takes vectors of ${model.embedding.model}, and there is no \`embedding\`: it decides without them`]),
  ],
  shown: withoutWeights,
  effective,
  shorthand: {
    names: [],
    hint: "learned:FILE for a model that `sluice train` wrote",
    fileOf: modelNamed,
    idOf: ({ type, model, id }) => (model === undefined ? id : `${type}@${model.id}`),
  },
  thresholds: () => undefined,
  scoreIsProbability: true,
};

function resolve(policy: LearnedFile, context: PolicyContext) {
  const model = modelOf(policy.file, context);
  checkBounds(policy, context);
  const settings = {
    type: policy.type,
    threshold: policy.threshold ?? model?.cut ?? UNTRAINED_THRESHOLD,
    ...withVectorCut(policy, model),
    weakShare: policy.weakShare ?? model?.weakShare ?? UNTRAINED_WEAK_SHARE,
    minThreshold: policy.minThreshold,
    maxThreshold: policy.maxThreshold,
    // The cut of training holds a share, as `auto` does.
    minConfidence: policy.minConfidence ?? defaultMinConfidence(policy.threshold ?? "auto"),
    unsure: policy.unsure ?? (model === undefined ? "abstain" : "up"),
    ...underAndOver(context, policy),
    ...ladderOf(policy, model, context),
    highest: context.last,
    ...bandsOf(policy, context),
    ...topicTiers(policy, model, context),
    ...embeddingFor(policy.embedding, model, context),
  };
  return { ...settings, file: policy.file, model, id: `${context.name}@${fingerprint({ ...settings, model: model?.id })}` };
}

/** As trained, where the file says no other; nothing beside a model that takes no vectors. */
function withVectorCut({ threshold }: LearnedFile, model: LearnedModel | undefined): Pick<LearnedSettings, "thresholdWithVector"> {
  const withVector = model && modelWithVector(model);
  return withVector === undefined ? {} : { thresholdWithVector: threshold ?? withVector.cut };
}

/** The tiers of a model for more than two; nothing beside another model. */
function ladderOf({ tiers, under, over }: LearnedFile, model: LearnedModel | undefined, context: PolicyContext) {
  const { path, complain } = context;
  const named = model?.tiers ?? [];
  if (model === undefined) return {};
  if (named.length === 0) {
    if (tiers !== undefined) complain([...path, "tiers"], "the model is for two tiers: say `under` and `over`");
    return {};
  }
  for (const [key, value] of Object.entries({ under, over }))
    if (value !== undefined) complain([...path, key], `the model is for ${named.length} tiers: say \`tiers\``);
  if (tiers !== undefined && tiers.length !== named.length)
    complain([...path, "tiers"], `must be ${named.length}, for the model's ${named.join(", ")}`);
  return {
    tiers: (tiers ?? named).map((tier, at) =>
      tiers === undefined ? knownTier(context, tier, "file") : knownTier(context, tier, "tiers", at),
    ),
  };
}

function bandsOf({ bands }: LearnedFile, { path, complain }: PolicyContext): { readonly bands?: readonly ScoreBand[] } {
  if (bands === undefined) return {};
  for (const [at, { name }] of bands.entries())
    if (bands.findIndex((other) => other.name === name) < at)
      complain([...path, "bands", at, "name"], `${name} is the name of a band above`);
  return {
    bands: bands.flatMap(({ name, from, below, shape: file }) => {
      const shape = shapeOf(name, file);
      return shape === undefined ? [] : [{ from, below, shape }];
    }),
  };
}

/** A topic that the model never tells is a mistake. */
function topicTiers({ byTopic }: LearnedFile, model: LearnedModel | undefined, context: PolicyContext) {
  if (byTopic === undefined) return {};
  const { path, complain, tiers } = context;
  const place = [...path, "byTopic"];
  const source = model && topicSource(model);
  if (source === undefined)
    complain(
      place,
      model === undefined ? "needs `file`, a model that tells topics" : "the model tells no topics: train it with `--topics`",
    );
  for (const [topic, set] of Object.entries(byTopic)) {
    if (source !== undefined) requireKnown(complain, [...place, topic], topic, [...source.topics.names, OTHER_TOPIC], "topic");
    for (const [at, tier] of set.entries()) knownTier(context, tier, "byTopic", topic, at);
  }
  return { topics: { sets: byTopic, order: tiers } };
}

function modelOf(file: string | undefined, { path, readModel, complain }: PolicyContext) {
  if (file === undefined) return undefined;
  const read = readModel(file);
  if (read.kind === "model") return read.model;
  complain([...path, "file"], read.message);
  return undefined;
}

function checkBounds({ threshold, weakShare, minThreshold, maxThreshold }: LearnedFile, { path, complain }: PolicyContext): void {
  for (const [key, value] of Object.entries({ weakShare, minThreshold, maxThreshold })) {
    if (value !== undefined && threshold !== "auto") complain([...path, key], "counts only with `threshold: auto`");
  }
  if (minThreshold !== undefined && maxThreshold !== undefined && minThreshold > maxThreshold)
    complain([...path, "minThreshold"], `must be at most maxThreshold, ${maxThreshold}`);
}

function summary(policy: LearnedPolicy): Summary {
  const { model, file, threshold, weakShare, minConfidence, unsure, over, tiers, highest, bands = [], topics, embedding: from } = policy;
  const under = tiers?.[0] ?? policy.under;
  const unsureText = unsure === "up" ? `goes to ${highest}` : "abstains";
  if (model === undefined) return [`untrained (no \`file\`): ${unsureText}`];
  const { rows, date, withoutVector } = model.summary;
  const { family, apgr } = from === undefined ? { ...model.summary, ...withoutVector } : model.summary;
  const fixed = from === undefined ? threshold : (policy.thresholdWithVector ?? threshold);
  const cut = fixed === "auto" ? `a threshold that holds ${percent(weakShare)} for ${under}` : `${fixed}`;
  const chosen =
    tiers === undefined
      ? `${over} from a probability of ${cut}; else ${under}`
      : `the first of ${tiers.join(", ")} that is likely enough; ${under} up to a probability of ${cut} that it is not`;
  return [
    `${chosen}; reads ${model.scope}`,
    ...(from === undefined ? [] : [vectorsText(from, threshold)]),
    ...(minConfidence > NEVER_UNSURE ? [`less sure than ${minConfidence}: ${unsureText}`] : []),
    ...bands.map((each) => `${bandText(each)}: ${each.shape.name}${shapeText(each.shape)}`),
    ...Object.entries(topics?.sets ?? {}).map(([topic, set]) => `about ${topic}: ${set.join(" or ")} only`),
    `model ${model.id} from ${file}: ${family}, ${counted(rows, "row")}, APGR ${apgr.toFixed(3)} in cross-validation, of ${date}`,
  ];
}

/** `threshold`: without a vector. */
function vectorsText({ model, endpoint, timeoutMs }: VectorEndpoint, threshold: number | "auto"): string {
  const otherwise = threshold === "auto" ? "by the text alone" : `by the text alone, from ${threshold}`;
  return `with vectors of ${model} from ${endpoint}, waited for ${timeoutMs} ms; without one ${otherwise}`;
}

/** `from 0.1 under the threshold up to the threshold` */
function bandText({ from, below }: ScoreBand): string {
  const place = (distance: number) =>
    distance === 0 ? "the threshold" : `${Math.abs(distance)} ${distance < 0 ? "under" : "over"} the threshold`;
  const ends = [...(from === undefined ? [] : [`from ${place(from)}`]), ...(below === undefined ? [] : [`up to ${place(below)}`])];
  return ends.length === 0 ? "whatever the score" : ends.join(" ");
}

/** Of a trained model only what it is, not its weights. */
function withoutWeights(policy: LearnedPolicy): object {
  if (policy.model === undefined) return policy;
  const { id, scope, tiers, weakShare, cut, summary } = policy.model;
  return { ...policy, model: { id, scope, ...(tiers.length === 0 ? {} : { tiers }), weakShare, cut, summary } };
}

/** What belongs to `auto` cannot be said beside a threshold in numbers. */
function effective(policy: LearnedFile, settings: LearnedPolicy): Effective<LearnedFile> {
  const { type, file } = policy;
  const { threshold, weakShare, minConfidence, unsure, under, over } = settings;
  const ofAuto = (key: "minThreshold" | "maxThreshold", otherwise: string) =>
    settings[key] ?? note(threshold === "auto" ? otherwise : "counts only with `threshold: auto`");
  return {
    type,
    file: file ?? note("none; untrained"),
    threshold,
    weakShare: threshold === "auto" ? weakShare : note(`${weakShare}; counts only with \`threshold: auto\``),
    minThreshold: ofAuto("minThreshold", "where the share was 20 points less in training; yields to the traffic"),
    maxThreshold: ofAuto("maxThreshold", "where the share was 20 points more in training; yields to the traffic"),
    minConfidence,
    unsure,
    tiers: settings.tiers === undefined ? note("of a model for more than two") : [...settings.tiers],
    under: settings.tiers === undefined ? under : note(`the first of tiers, ${settings.tiers[0]}`),
    over: settings.tiers === undefined ? over : note(`the last of tiers, ${settings.tiers.at(-1)}`),
    bands: policy.bands ?? note("none"),
    byTopic: policy.byTopic ?? note("any tier for all"),
    embedding: effectiveEmbedding(policy.embedding, settings.model?.embedding),
  };
}

/** As trained, with the configuration's first and last tier. The path is one from the working folder. */
function modelNamed(name: string): z.input<typeof schema> | undefined {
  if (!name.startsWith(SHORTHAND_PREFIX)) return undefined;
  const file = name.slice(SHORTHAND_PREFIX.length);
  if (file === "") throw new SluiceError("policy-unknown", "learned: the model's file is missing", { hint: "Write learned:FILE." });
  return { type: "learned", file: absolute(file) };
}

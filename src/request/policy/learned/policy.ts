// Learned policy: a trained model gives the probability that a request needs the stronger tier; a threshold, fixed or kept to a weak
// share, decides. Untrained or unsure, it abstains or goes up.
import { NO_NEEDS, type Policy, type PolicyRequest, type Signal, type TierName, type Verdict } from "../policy.ts";
import { type VectorEndpoint, type VectorKind, vectorKind } from "../vectors.ts";
import { topicOfRead, topicSource } from "./asked-topic.ts";
import { bandMembers, inBands, type ScoreBand } from "./bands.ts";
import { cutForShare, type LearnedModel } from "./learned-model.ts";
import { scoreRead } from "./score.ts";
import { SeenTexts, textHash } from "./seen-texts.ts";
import { type ShareEvents, ShareKeeper } from "./share-keeper.ts";
import { FACT_NAMES } from "./surface-facts.ts";
import { TextReader } from "./text-reader.ts";
import { type TopicTiers, tierInSet } from "./topic-tiers.ts";
import { modelWithVector } from "./with-vector.ts";

export interface LearnedSettings {
  readonly model: LearnedModel | undefined; // undefined: untrained
  readonly threshold: number | "auto"; // probability from which a request goes to `over`; auto: whatever holds `weakShare`
  readonly weakShare: number; // target of auto, 0 to 1
  // auto keeps within these; undefined: where the share would be 20 points off in training, until the traffic shows that it must be passed
  readonly minThreshold: number | undefined;
  readonly maxThreshold: number | undefined;
  readonly minConfidence: number; // of max(P, 1 - P); below it the policy is unsure. 0.5: never
  readonly unsure: "abstain" | "up"; // what an unsure or untrained policy does
  readonly under: TierName;
  readonly over: TierName;
  readonly tiers?: readonly TierName[]; // of a model for more than two, cheapest first, as many as it has: instead of `under` and `over`
  readonly highest: TierName; // where `up` goes
  readonly bands?: readonly ScoreBand[]; // instructions for some of the scores
  // With a request's vector the score is another one: from which a request goes to `over` then. Undefined: as without
  readonly thresholdWithVector?: number | "auto";
  readonly embedding?: VectorEndpoint; // where vectors come from; undefined: nobody is asked, and it scores without those it is not given
  readonly topics?: TopicTiers; // which tiers a topic may have, where the model tells topics
}

const BOUNDS_SHARE = 0.2;

/** 0.6 beside a fixed threshold. A kept share has its cut anywhere, so there a score near one half says nothing: 0.5, never unsure. */
export function defaultMinConfidence(threshold: number | "auto"): number {
  return threshold === "auto" ? 0.5 : 0.6;
}

const NOBODY_TOLD: ShareEvents = { onMove() {}, onHeld() {}, onLeftOut() {} };

/** `told`: hears of `auto`. */
export function learnedPolicy(settings: LearnedSettings, told = NOBODY_TOLD): Policy {
  const { model, unsure, highest } = settings;
  if (model !== undefined) return model.embedding === undefined ? trainedPolicy(settings, model, told) : byVector(settings, model, told);
  const verdict: Verdict | undefined = unsure === "up" ? { tier: highest, reason: "untrained" } : undefined;
  return { needs: NO_NEEDS, decide: () => verdict, signals: () => [] };
}

/** What is said of a verdict that a vector was missed at. */
export const NO_VECTOR = "no-vector";

/**
 * Two policies in one, of one model with the request's vector and without it: what decides where a vector comes stands for both, and of a
 * threshold that moves by itself the other's moves are not told.
 */
function byVector(settings: LearnedSettings, model: LearnedModel, told: ShareEvents): Policy {
  const { embedding: from, threshold, thresholdWithVector = threshold } = settings;
  const kind = vectorKindOf(model);
  const another = modelWithVector(model);
  if (kind === undefined || another === undefined) throw new Error("invariant: the model takes vectors");
  const untold = { ...NOBODY_TOLD, onLeftOut: told.onLeftOut };
  const without = trainedPolicy(settings, model, from === undefined ? told : untold);
  const withVector = trainedPolicy({ ...settings, threshold: thresholdWithVector }, another, from === undefined ? untold : told, kind.key);
  const chosen = (request: PolicyRequest) => (request.vectors?.has(kind.key) === true ? withVector : without);
  const policy = { ...(from === undefined ? without : withVector), signals: (request: PolicyRequest) => chosen(request).signals(request) };
  if (from === undefined) return { ...policy, takesVector: kind, decide: (request) => chosen(request).decide(request) };
  const wanted = [{ kind, from }];
  return {
    ...policy,
    takesVector: kind,
    vectorsWanted: () => wanted,
    decide(request) {
      const asked = chosen(request);
      const verdict = asked.decide(request);
      return asked === withVector || verdict === undefined || verdict.detail !== undefined ? verdict : { ...verdict, detail: NO_VECTOR };
    },
  };
}

/** Undefined: the model takes none. */
export function vectorKindOf({ embedding, scope, readBytes }: LearnedModel): VectorKind | undefined {
  return embedding && vectorKind({ scope, readBytes, model: embedding.model, dimensions: embedding.dimensions });
}

/** `vectorKey`: of the vector that the model is with. */
function trainedPolicy(settings: LearnedSettings, model: LearnedModel, told: ShareEvents, vectorKey?: string): Policy {
  const { minConfidence, unsure, over, tiers = [], highest, bands = [] } = settings;
  const under = tiers[0] ?? settings.under;
  const reader = new TextReader(model.readBytes);
  const scratch = new Float64Array(FACT_NAMES.length);
  const keeper = settings.threshold === "auto" ? shareKeeper(settings, model, told) : undefined;
  const seen = model.seen && new SeenTexts(model.seen);
  const fixed = settings.threshold === "auto" ? 0 : settings.threshold;

  const score = (request: PolicyRequest): number => {
    reader.read(request.text(model.scope));
    return scoreRead(model, model.scope, reader, request.facts, scratch, vectorOf(request));
  };
  const vectorOf = (request: PolicyRequest) => (vectorKey === undefined ? undefined : request.vectors?.get(vectorKey));
  /** Of a request that the cheapest tier is not enough for, which the reader has just read: the cheapest that is. */
  const above = (request: PolicyRequest): TierName => {
    for (let at = 0; at < model.above.length; at++) {
      const step = model.above[at];
      const tier = tiers[at + 1];
      if (step === undefined || tier === undefined) break;
      if (scoreRead(step, model.scope, reader, request.facts, scratch, vectorOf(request)) < step.cut) return tier;
    }
    return tiers.at(-1) ?? over;
  };
  return {
    needs: { keywords: [], scopes: [model.scope], params: bandMembers(bands) },
    ...(tiers.length === 0 ? { predicts: { under, over } } : {}),
    trainedScores: { rows: model.summary.rows, quantiles: model.quantiles },
    ...(keeper === undefined ? {} : { liveThreshold: () => keeper.threshold, keptShare: () => keeper.target }),
    hasSeen: (request) => seen?.has(textHash(request.text(model.scope))) === true,
    decide: byTopic(
      settings,
      model,
      reader,
      inBands(bands, (request) => {
        const probability = score(request);
        const threshold = keeper === undefined ? fixed : keeper.threshold;
        keeper?.observe(probability, request.voter);
        if (Math.max(probability, 1 - probability) < minConfidence)
          return unsure === "up" ? { tier: highest, reason: "learned-unsure", score: probability } : undefined;
        const toCut = probability - threshold;
        return toCut >= 0
          ? { tier: above(request), reason: "learned-over", score: probability, toCut }
          : { tier: under, reason: "learned-under", score: probability, toCut };
      }),
    ),
    signals(request) {
      const probability = score(request);
      const confidence = Math.max(probability, 1 - probability);
      const threshold = keeper?.threshold ?? fixed;
      const decided: Signal = { name: "probability", value: probability, threshold, over: probability >= threshold };
      return [{ name: "confidence", value: confidence, threshold: minConfidence, over: confidence >= minConfidence }, decided];
    },
  };
}

type Decide = Policy["decide"];

/**
 * What `decide` says, whose text the reader then holds, kept within the tiers of what the request is about. Where the topic changes the
 * tier, the score has not decided and orders nothing: it is told as a link's is.
 */
function byTopic({ topics }: LearnedSettings, model: LearnedModel, reader: TextReader, decide: Decide): Decide {
  const source = topicSource(model);
  if (topics === undefined || source === undefined) return decide;
  const topicOf = topicOfRead(source, reader);
  const within = tierInSet(topics);
  return (request) => {
    const verdict = decide(request);
    if (verdict === undefined) return undefined;
    const { name } = topicOf(request);
    const tier = within(name, verdict.tier);
    if (tier === verdict.tier) return verdict;
    return { tier, reason: "topic", detail: name, ...(verdict.score !== undefined && { linkScore: verdict.score }) };
  };
}

function shareKeeper(settings: LearnedSettings, model: LearnedModel, told: ShareEvents): ShareKeeper {
  const { weakShare, minThreshold, maxThreshold } = settings;
  const cutFor = (share: number) => cutForShare(model.quantiles, share);
  return new ShareKeeper(
    {
      target: weakShare,
      start: weakShare === model.weakShare ? model.cut : cutFor(weakShare),
      min: { at: minThreshold ?? cutFor(weakShare - BOUNDS_SHARE), isFirm: minThreshold !== undefined },
      max: { at: maxThreshold ?? cutFor(weakShare + BOUNDS_SHARE), isFirm: maxThreshold !== undefined },
    },
    told,
  );
}

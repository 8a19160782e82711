// Bandit policy: learns from outcomes which tier is worth most for which requests, and goes on trying the others a little. It draws lots
// among the tiers that may be the best one as far as it knows, with chances that are known and logged.
import { unionOfNeeds } from "../needs.ts";
import type { Learner, Link, Policy, PolicyRequest, TierName, Verdict } from "../policy.ts";
import { hashed } from "../random.ts";
import { wantedByEach } from "../vectors-wanted.ts";
import { ChangeWatch } from "./change-watch.ts";
import { type DollarPrice, dollarPrice } from "./dollar-price.ts";
import { FEATURE_SCOPES, FEATURES, readFeatures } from "./features.ts";
import { learnedTogether } from "./learned-together.ts";
import { LinearModel } from "./linear-model.ts";
import { OpenChoices } from "./open-choices.ts";
import type { BanditPrior } from "./prior.ts";

export interface BanditSettings {
  readonly tiers: readonly TierName[]; // cheap first
  readonly score: string | undefined; // name of the policy whose score is known of each request, too
  readonly qualityPerUsd: number; // what a US dollar is worth; with the next, at first
  readonly usdPer1000: number | undefined; // what 1,000 requests shall cost, by a dollar's worth that moves. Undefined: it is fixed
  readonly prior: BanditPrior | undefined; // what is known of the tiers at first
  readonly priorMass: number; // requests that it counts for, at most as many as it was made of
  readonly explore: number; // floor: the share of requests that are dealt to all tiers alike
  readonly maxExplore: number; // cap: the greatest chance of a tier that is not the best one known
  readonly halfLifeHours: number;
}

export interface BanditSurroundings {
  readonly random: () => number; // for requests without an id, of which nothing is learned
  readonly now: () => number; // milliseconds since the epoch
  readonly link: Link | undefined; // of `score`
}

/** Standard errors, of rewards that spread by about a half. */
const WIDTH = 0.5;
const HOUR_MS = 3_600_000;
/** Before it has seen so many, a tier's rewards are off because too little is known, not because they changed. */
const WATCHED_FROM = 100;
/** What is kept when they change, in samples. */
const KEPT = 20;
/** Other than the random policy's, so that a chain of both does not deal the same requests twice. */
const SEED = 0x62616e64;

export function banditPolicy(settings: BanditSettings, { random, now, link }: BanditSurroundings): Policy {
  const { tiers } = settings;
  const x = new Float64Array(FEATURES.length);
  const learning = learningOf(settings, now);
  const { open, arms, price } = learning;
  const [means, widths, chances] = [new Float64Array(arms.length), new Float64Array(arms.length), new Float64Array(arms.length)];

  /** Fills what is known of the request and of each tier. The bound under which a tier cannot be the best one. */
  const look = (request: PolicyRequest): number => {
    readFeatures(x, request, link?.policy.decide(request)?.score, now());
    let bound = Number.NEGATIVE_INFINITY;
    const perUsd = price.now();
    for (let arm = 0; arm < arms.length; arm++) {
      const model = arms[arm]?.model;
      const mean = model === undefined ? 0 : model.mean(x) - perUsd * model.cost(x);
      const width = WIDTH * (model?.width(x) ?? 0);
      means[arm] = mean;
      widths[arm] = width;
      bound = Math.max(bound, mean - width);
    }
    return bound;
  };
  return {
    needs: unionOfNeeds([{ keywords: [], scopes: FEATURE_SCOPES, params: [] }, ...(link === undefined ? [] : [link.policy.needs])]),
    ...(link === undefined ? {} : { links: [link], ...wantedByEach([link], "of all") }),
    hasSeen: (request) => link?.policy.hasSeen?.(request) === true,
    learner: {
      ...learning,
      knownOf(request) {
        readFeatures(x, request, link?.policy.decide(request)?.score, now());
        return x;
      },
    },
    decide(request) {
      const best = dealChances(settings, { means, widths, chances }, look(request));
      const { requestId } = request;
      const isNamed = requestId !== undefined && requestId !== "";
      const arm = drawn(chances, isNamed ? hashed(requestId, SEED) : random());
      if (isNamed) open.add(requestId, arm, x);
      const tier = tiers[arm];
      if (tier === undefined) throw new Error("invariant: every arm is a tier");
      const verdict: Verdict = { tier, reason: arm === best ? "bandit-best" : "bandit-tried", propensity: chances[arm] ?? 1 };
      return verdict;
    },
    signals(request) {
      const bound = look(request);
      return tiers.map((tier, arm) => {
        const value = (means[arm] ?? 0) + (widths[arm] ?? 0);
        return { name: `may-be-worth-${tier}`, value, threshold: bound, over: value >= bound };
      });
    },
  };
}

/** For the watch: one dear request must not look like a change. */
function worthOf(quality: number, costUsd: number, perUsd: number): number {
  return quality - Math.min(1, perUsd * Math.max(0, costUsd));
}

interface Known {
  readonly means: Float64Array;
  readonly widths: Float64Array;
  readonly chances: Float64Array; // are filled
}

/**
 * Each tier that may be the best has the same chance, of those that are not the best one known at most the cap together; of the floor's
 * share every tier has its part. Returns the best one known.
 */
function dealChances({ explore, maxExplore }: BanditSettings, { means, widths, chances }: Known, bound: number): number {
  const count = means.length;
  let best = 0;
  let band = 0;
  for (let arm = 0; arm < count; arm++) {
    if ((means[arm] ?? 0) > (means[best] ?? 0)) best = arm;
    if ((means[arm] ?? 0) + (widths[arm] ?? 0) >= bound) band++;
  }
  const other = band < 2 ? 0 : Math.min(1 / band, maxExplore / (band - 1));
  for (let arm = 0; arm < count; arm++) {
    const isIn = (means[arm] ?? 0) + (widths[arm] ?? 0) >= bound;
    const chance = arm === best ? 1 - other * (band - 1) : isIn ? other : 0;
    chances[arm] = (1 - explore) * chance + explore / count;
  }
  return best;
}

/** `lot`: 0 to under 1. */
function drawn(chances: Float64Array, lot: number): number {
  let below = 0;
  for (let arm = 0; arm < chances.length - 1; arm++) {
    below += chances[arm] ?? 0;
    if (lot < below) return arm;
  }
  return chances.length - 1;
}

interface Arm {
  readonly model: LinearModel;
  readonly own: LinearModel; // what of it was learned here: neither heard of others nor known beforehand
  readonly watch: ChangeWatch;
  lived: number; // rewards that it has seen since it forgot: what was known before is of other traffic
}

interface Learning extends Learner {
  readonly open: OpenChoices;
  readonly arms: readonly Arm[];
  readonly price: DollarPrice;
}

function armsOf({ tiers, halfLifeHours, prior, priorMass }: BanditSettings): readonly Arm[] {
  const ageing = { halfLife: halfLifeHours };
  return tiers.map((tier) => {
    const model = new LinearModel(FEATURES.length, ageing);
    const before = prior?.tiers[tier];
    if (prior !== undefined && before !== undefined) {
      const known = { outer: prior.outer, rewards: before.quality, costs: before.cost };
      model.know(known, Math.min(priorMass, prior.rows));
    }
    return { model, own: new LinearModel(FEATURES.length, { ...ageing, sumsOnly: true }), watch: new ChangeWatch(), lived: 0 };
  });
}

function learningOf(settings: BanditSettings, now: () => number): Learning {
  const { tiers, qualityPerUsd, usdPer1000 } = settings;
  const startedAt = now();
  const hoursAt = (ms: number) => (ms - startedAt) / HOUR_MS;
  const hours = () => hoursAt(now());
  const arms = armsOf(settings);
  const price = dollarPrice(qualityPerUsd, usdPer1000 === undefined ? undefined : usdPer1000 / 1000);
  const open = new OpenChoices(FEATURES.length);
  const x = new Float64Array(FEATURES.length);
  let forgottenAt = Number.NEGATIVE_INFINITY;

  const forget = (at: number): void => {
    shrunk(
      arms.map((arm) => {
        arm.watch.restart();
        arm.lived = 0;
        return arm.model.forget(KEPT, at);
      }),
    );
    forgottenAt = at;
  };
  const { together, shrunk } = learnedTogether(arms, { now, hours: hoursAt, forget: () => forget(hours()) });
  return {
    open,
    arms,
    price,
    together,
    standing: () => ({
      qualityPerUsd: price.now(),
      tiers: tiers.map((tier, at) => ({ tier, requests: arms[at]?.model.mass(hours()) ?? 0 })),
    }),
    ended(requestId, tier, { quality, costUsd }) {
      const found = open.find(requestId);
      const arm = found && arms[found.arm];
      if (found === undefined || arm === undefined || tiers[found.arm] !== tier || open.learnedAt(found.slot) !== undefined) return;
      const at = hours();
      const worth = quality === 0 ? 0 : (open.quality(found.slot) ?? quality);
      open.read(found.slot, x);
      open.setQuality(found.slot, worth);
      open.setLearnedAt(found.slot, at);
      const { model } = arm;
      const perUsd = price.now();
      const off = worthOf(worth, costUsd ?? 0, perUsd) - worthOf(model.mean(x), model.cost(x), perUsd);
      const isWatched = ++arm.lived >= WATCHED_FROM && model.mass(at) >= WATCHED_FROM;
      if (isWatched && arm.watch.sees(off)) forget(at);
      for (const each of [model, arm.own]) each.add(x, worth, costUsd ?? 0, at);
      if (costUsd !== undefined) price.spent(costUsd);
    },
    rated(requestId, quality) {
      const found = open.find(requestId);
      if (found === undefined) return;
      const before = open.quality(found.slot);
      const learnedAt = open.learnedAt(found.slot);
      open.setQuality(found.slot, quality);
      if (learnedAt === undefined || before === undefined || learnedAt < forgottenAt) return;
      open.read(found.slot, x);
      const { model, own } = arms[found.arm] ?? {};
      for (const each of [model, own]) each?.correct(x, quality - before, learnedAt, hours());
    },
  };
}

// Plays a bandit against made requests whose worth with each tier is known: what it loses against the best tier alone.
import { type BanditSettings, banditPolicy } from "../../../../src/request/policy/bandit/policy.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";
import { policyRequest } from "../../../support/policy-request.ts";

export const SETTINGS: BanditSettings = {
  tiers: ["weak", "strong"],
  score: undefined,
  qualityPerUsd: 0,
  usdPer1000: undefined,
  prior: undefined,
  priorMass: 200,
  explore: 0.05,
  maxExplore: 0.3,
  halfLifeHours: 14 * 24,
};

/** Chance that an answer is good: of a request, by tier. */
export type Goodness = (request: { readonly at: number; readonly isLong: boolean }) => readonly number[];

export const REQUEST_MS = 60_000; // 20,160 a fortnight, the half-life

/** Quality lost at each request, of 1: by the tier chosen against the tier that is best for all requests around. */
export function played(requests: number, seed: number, goodness: Goodness, settings: Partial<BanditSettings> = {}): Float64Array {
  const random = randomSource(seed);
  let nowMs = 0;
  const all = { ...SETTINGS, ...settings };
  const policy = banditPolicy(all, { random, now: () => nowMs, link: undefined });
  const lost = new Float64Array(requests);
  for (let at = 0; at < requests; at++) {
    nowMs += REQUEST_MS;
    const isLong = random() < 0.5;
    const requestId = `request-${seed}-${at}`;
    const inputTokens = Math.round((isLong ? 2000 : 20) * (0.5 + random()));
    const { tier = "" } = policy.decide(policyRequest({ requestId, facts: { inputTokens } })) ?? {};
    const [of, other] = [goodness({ at, isLong }), goodness({ at, isLong: !isLong })];
    const fixed = of.map((good, arm) => good + (other[arm] ?? 0));
    const best = fixed.indexOf(Math.max(...fixed));
    const chosen = all.tiers.indexOf(tier);
    lost[at] = (of[best] ?? 0) - (of[chosen] ?? 0);
    policy.learner?.ended(requestId, tier, { quality: random() < (of[chosen] ?? 0) ? 1 : 0, costUsd: 0 });
  }
  return lost;
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

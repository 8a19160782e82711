// Fifteen minutes of traffic in a moment: an installation whose strong tier fails for a while, for the page and the terminal to show.

import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { createLive, type LiveTierSettings } from "../../../src/outcome/live/live.ts";
import type { LiveLimit, LiveView } from "../../../src/outcome/live/view.ts";

const PRICES = { perHour: undefined, inputPerMTok: 0.1, outputPerMTok: 0.4 };
export const TIERS: readonly LiveTierSettings[] = [
  { name: "weak", price: PRICES },
  { name: "strong", price: { ...PRICES, inputPerMTok: 3 } },
];

const REASONS = ["under-thresholds", "under-thresholds", "keyword", "chars", "under-thresholds", "turns", "keyword", "under-thresholds"];

export interface Clock {
  ms: number;
}

/** What became of a request; `more` in place of what is usual. */
export function outcomeOf(tier: string, more: Partial<NonNullable<Outcome["served"]>> = {}, costUsd?: number): Outcome {
  return {
    kind: "joined",
    requestId: "r1",
    decided: { decision: { tier, policy: "main@v7", reason: "keyword" }, measured: undefined },
    served: {
      tier,
      cluster: tier,
      fellBack: false,
      attempts: 1,
      status: 200,
      responseFlags: [],
      firstByteMs: 100,
      durationMs: 1000,
      startedAtMs: 1_800_000_000_000,
      requestBytes: 100,
      responseBytes: 1000,
      ...more,
    },
    isChat: true,
    failure: undefined,
    cost: {
      basis: "exact",
      inputTokens: 20,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 100,
      reasoningTokens: 0,
      costUsd,
      isPriced: true,
    },
  };
}

const BUDGET = { kind: "budget", measure: "usd", per: "day", tier: null, by: null, isHard: false, steering: "pace" } as const;
const STANDING = {
  scope: "",
  window: "2026-11-29",
  passed: 0.5,
  endsInSeconds: 43_200,
  reserved: 0,
  unpriced: 0,
  isShared: false,
} as const;
/** A budget that will just do, a quota that will not, and one of teams that nobody has used. */
export const LIMITS: readonly LiveLimit[] = [
  { ...BUDGET, name: "day", amount: 100, scopes: [{ ...STANDING, used: 60.5, reserved: 0.7, left: 38.8, forecast: 98.1, shift: 0.31 }] },
  {
    ...{ ...BUDGET, name: "dear", kind: "quota", measure: "requests", amount: 1000, steering: "off", tier: "strong" },
    scopes: [{ ...STANDING, used: 600, left: 400, forecast: 1200, shift: 0, unpriced: 2 }],
  },
  { ...BUDGET, name: "team", kind: "quota", measure: "tokens", amount: 2_000_000, steering: "off", by: "x-team", scopes: [] },
];

/** `seconds` of it, two to eight requests in each. */
export function sampleView(seconds: number, tiers = TIERS): LiveView {
  const clock: Clock = { ms: 5_000_000 };
  const live = createLive({ tiers: () => tiers, now: () => clock.ms });
  for (let second = 0; second < seconds; second++) {
    const failing = second > 600 && second < 660;
    const count = 5 + Math.round(3 * Math.sin(second / 90));
    for (let request = 0; request < count; request++) {
      const reason = REASONS[(second * 3 + request) % REASONS.length] ?? "";
      const tier = reason === "under-thresholds" ? "weak" : "strong";
      live.decided({ tier, policy: "main@v7", reason });
      const slow = 1 + ((second * 7 + request * 13) % 10) / 4;
      const served = failing && tier === "strong" ? "weak" : tier;
      const firstByteMs = (served === "weak" ? 120 : 900) * slow;
      const more = { tier: served, fellBack: served !== tier, firstByteMs, durationMs: 4 * firstByteMs };
      // Of strong: what it costs here.
      const tokens = { inputTokens: 1320, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 100, reasoningTokens: 0 };
      live.outcome({
        ...outcomeOf(tier, more),
        cost: { basis: "exact", isPriced: true, ...tokens, costUsd: served === "weak" ? 0.0001 : 0.004 },
      });
    }
    if (second === 640 || second === 641) live.outcome({ ...outcomeOf("weak"), kind: "unrouted", decided: undefined });
    clock.ms += 1000;
  }
  const about = { policy: "main@v7", requestId: "5f1c9a40-7d1c-4b3e-9f00-2ab1c7d80e11" };
  return {
    version: "0.2.0",
    policy: "main@v7",
    ready: true,
    notReloaded: null,
    limits: [],
    takeover: null,
    rollout: null,
    store: null,
    ...live.view(),
    health: [],
    audited: null,
    ratings: { tiers: [], rules: [] },
    drift: { scores: [], changes: [], retrain: [] },
    signalsIgnored: 0,
    signals: [
      { kind: "repeat", tier: "weak", reason: "under-thresholds", ageSeconds: 12, ...about },
      { kind: "low-rating", tier: "weak", reason: "under-thresholds", ageSeconds: 80, ...about },
      { kind: "cheap-strong", tier: "strong", reason: "keyword", ageSeconds: 700, ...about },
    ],
  };
}

/** Of the last seven days. */
export const WEEK: Pick<LiveView, "ratings" | "drift"> = {
  ratings: {
    tiers: [
      { tier: "weak", ratings: 120, mean: 4.3, good: 0.85 },
      { tier: "strong", ratings: 31, mean: 4.1, good: 0.7 },
    ],
    rules: [{ tier: "weak", policy: "main@v7", reason: "rule:code", ratings: 40, mean: 4.2, good: 0.8 }],
  },
  drift: {
    scores: [
      { policy: "main@v7", against: "training", psi: 0.18, scores: 5200, reference: 4000 },
      { policy: "main@v7", against: "week-before", psi: null, scores: 5200, reference: 12 },
    ],
    changes: [{ of: "failed-answers", from: 0.01, to: 0.08, values: 640, ageSeconds: 7200 }],
    retrain: [],
  },
};

// What an answer was worth, as a log can tell: 1 is good, 0 bad, and NaN where nothing is known.
import type { LoggedRequest } from "../dataset/logged-request.ts";

/**
 * - `served`: 1 unless it failed
 * - `signals`: 1 unless it failed, somebody asked the same again, or rated it 1 or 2
 * - `rating`: 1 to 5 as 0 to 1; of rated requests alone
 * - `label`: whether the tier was at least the one that a person says was needed; of labelled requests alone
 */
export const REWARDS = ["served", "signals", "rating", "label"] as const;
export type Reward = (typeof REWARDS)[number];

export const REWARD_MEANINGS: Readonly<Record<Reward, string>> = {
  served: "requests that did not fail",
  signals: "requests that did not fail, were not asked again and not rated 1 or 2",
  rating: "ratings, 1 to 5 as 0 to 1, of rated requests alone",
  label: "requests that went to the tier needed or above, of labelled ones alone",
};

const MAX_BAD_RATING = 2;
/** The kinds of signal that a bad answer gives; `cheap-strong` says that it was dear. */
const BAD_SIGNALS: ReadonlySet<string> = new Set(["repeat", "low-rating"]);

/** `tier`: that was taken, of `tiers`, as an index. */
export function rewardOf(kind: Reward, request: LoggedRequest, tier: number, tiers: number): number {
  switch (kind) {
    case "served":
      return servedReward(request);
    case "signals":
      return saysBad(request) ? 0 : servedReward(request);
    case "rating":
      return request.rating === undefined ? Number.NaN : (request.rating - 1) / 4;
    case "label":
      return labelReward(request.label, tier, tiers);
    default:
      return kind satisfies never;
  }
}

/** Said by somebody, maybe long after the answer. */
export function saysBad({ rating, signal }: { readonly rating: number | undefined; readonly signal: string | undefined }): boolean {
  return (rating !== undefined && rating <= MAX_BAD_RATING) || (signal !== undefined && BAD_SIGNALS.has(signal));
}

/** What the client did wrong, 4xx but 429, says nothing of the tier. */
function servedReward({ outcome }: LoggedRequest): number {
  const status = outcome.number("status");
  if (status === undefined) return Number.NaN;
  if (outcome.text("failure") !== undefined || status === 0 || status === 429 || status >= 500) return 0;
  return status >= 400 ? Number.NaN : 1;
}

function labelReward(label: unknown, tier: number, tiers: number): number {
  if (label === "weak") return 1;
  return label === "strong" ? Number(tier === tiers - 1) : Number.NaN;
}

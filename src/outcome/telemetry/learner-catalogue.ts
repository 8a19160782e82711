// The metrics of policies that learn while they serve (`type: bandit`): a part of the catalogue. They are there only while one decides.

export const LEARNER_METRICS = {
  qualityPerUsd: {
    name: "sluice_bandit_quality_per_usd",
    kind: "gauge",
    labels: ["policy"],
    help: "What a US dollar is worth to the policy now, in quality from 0 to 1: `qualityPerUsd`, moved where `usdPer1000` is to be spent.",
  },
  knownRequests: {
    name: "sluice_bandit_known_requests",
    kind: "gauge",
    labels: ["policy", "tier"],
    help: "What the policy knows of a tier, as so many requests of today: older ones weigh less, a prior and what replicas tell count in.",
  },
} as const;

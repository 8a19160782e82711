// The metrics of a cascade: a part of the catalogue.

const HELD_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60]; // seconds

export const CASCADE_METRICS = {
  judgedAnswers: {
    name: "sluice_judged_answers_total",
    kind: "counter",
    labels: ["tier", "result", "reason"],
    help:
      "Answers that a cascade judged, by the tier that gave them. result: accepted; refused (thrown away, and the next tier asked); " +
      "over-share (bad, but cascade.maxShare were thrown away: it passed); compressed or not-text (unread: it passed); gone (the client " +
      "or Envoy went away while it was held); of a consensus, also kept (the first, thrown away to be compared with the second) and " +
      "unmatched (a second whose first is not known here: it passed). reason: the check that spoke against it, or none; of a consensus, " +
      "also to-compare (nothing did), disagreement, nothing-to-compare (the first was bad) and too-long (held as long as it may be).",
  },
  answerHeld: {
    name: "sluice_answer_held_seconds",
    kind: "histogram",
    labels: [],
    help: "How long answers were held until they were judged.",
    buckets: HELD_BUCKETS,
  },
  answersInCascade: {
    name: "sluice_answers_in_cascade",
    kind: "gauge",
    labels: [],
    help: "Answers that pass through sluice now, held ones included. Where it is killed, they are lost.",
  },
  discardedTokens: {
    name: "sluice_discarded_tokens_total",
    kind: "counter",
    labels: ["tier", "direction", "basis"],
    help: "Tokens of answers that were thrown away, by direction and basis as in sluice_tokens_total, which has them too.",
  },
  discardedCostUsd: {
    name: "sluice_discarded_cost_usd_total",
    kind: "counter",
    labels: ["tier", "basis"],
    help: "US dollars for answers that were thrown away, by the tier that gave them; sluice_cost_usd_total has them too.",
  },
} as const;

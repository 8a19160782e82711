// The metrics of a week's ratings and of drift: a part of the catalogue.

export const WEEK_METRICS = {
  weekRatings: {
    name: "sluice_week_ratings",
    kind: "gauge",
    labels: ["tier", "reason"],
    help: "Ratings of the last seven days, by tier and by the reason it was chosen for (of a rule with its name, `rule:code`).",
  },
  weekRatingSum: {
    name: "sluice_week_rating_points",
    kind: "gauge",
    labels: ["tier", "reason"],
    help: "The points of those ratings, 1 to 5 each: by their number, the mean.",
  },
  weekGoodRatings: {
    name: "sluice_week_good_ratings",
    kind: "gauge",
    labels: ["tier", "reason"],
    help: "Those of them that are 4 or 5: by their number, the success rate.",
  },
  ratingsFile: {
    name: "sluice_ratings_file_total",
    kind: "counter",
    labels: ["result"],
    help: "The ratings' file: read, bad (it was put aside, and the week begins anew), failed (it could not be written).",
  },
  driftPsi: {
    name: "sluice_drift_psi",
    kind: "gauge",
    labels: ["policy", "against"],
    help: [
      "Population stability index of the scores of the last seven days over the deciles of training or week-before: 0.1 is worth a look,",
      "0.25 time to act. Not there with fewer than 500 scores on a side.",
    ].join(" "),
  },
  driftChanges: {
    name: "sluice_drift_changes_total",
    kind: "counter",
    labels: ["of", "direction"],
    help: [
      "Changes of a share, up or down, that chance does not explain (ADWIN). of: strong-share (requests for another tier than the first),",
      "failed-answers, low-ratings (1 or 2, of all ratings).",
    ].join(" "),
  },
  retrainAdvised: {
    name: "sluice_retrain_advised",
    kind: "gauge",
    labels: ["reason"],
    help: "1: the policy should be learned anew, since the scores, the strong-share or the low-ratings have drifted.",
  },
} as const;

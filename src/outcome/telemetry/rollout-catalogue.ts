// The metrics of a rollout: a part of the catalogue. Gauges are there only while the configuration has one.

export const ROLLOUT_METRICS = {
  rolloutStage: {
    name: "sluice_rollout_stage",
    kind: "gauge",
    labels: ["rollout", "candidate"],
    help: "The stage of the rollout, from 0.",
  },
  rolloutShare: {
    name: "sluice_rollout_share",
    kind: "gauge",
    labels: ["rollout", "candidate"],
    help: "The share of the units that get the candidate, 0 to 1; 0 once it is rolled back.",
  },
  rolloutStatus: {
    name: "sluice_rollout_status",
    kind: "gauge",
    labels: ["rollout", "candidate", "status"],
    help: "1 for what it is: running, held, rolled-back or complete; 0 for what it is not.",
  },
  rolloutRequests: {
    name: "sluice_rollout_requests",
    kind: "gauge",
    labels: ["rollout", "arm"],
    help: "Requests of this stage that were served as decided, by arm: stable or candidate.",
  },
  rolloutEvidence: {
    name: "sluice_rollout_evidence",
    kind: "gauge",
    labels: ["rollout", "guard", "of"],
    help: [
      "Evidence of each guard, and of the split, as a part of what proves it (1). of: harm, the candidate does more of it than allowed;",
      "excluded, no more than the margin; broken, of the guard split, that an arm loses requests.",
    ].join(" "),
  },
  rolloutMoreRequests: {
    name: "sluice_rollout_more_requests",
    kind: "gauge",
    labels: ["rollout"],
    help: "About how many more requests of the candidate are needed until harm is excluded, as things are; +Inf: it would not be.",
  },
  rolloutChanges: {
    name: "sluice_rollout_changes_total",
    kind: "counter",
    labels: ["action", "because"],
    help: [
      "What became of rollouts. action: start, promote, hold, rollback; because: harm, split (it is broken), shadow (its time is over),",
      "excluded, asked (by a person).",
    ].join(" "),
  },
  rolloutTogether: {
    name: "sluice_rollout_together_total",
    kind: "counter",
    labels: ["result"],
    help: [
      "What became of judging together with other replicas, over the store. result: agreed (they took on what was done here), adopted",
      "(what another did was taken on), overruled (what was done here, unheard, is given up), alone (the store has gone), together.",
    ].join(" "),
  },
  rolloutFile: {
    name: "sluice_rollout_file_total",
    kind: "counter",
    labels: ["result"],
    help: "The rollout's file: read, bad (the rollout is held, with no share), failed (it could not be written).",
  },
} as const;

// The metrics of thresholds that hold a share (`threshold: auto`): a part of the catalogue.

export const THRESHOLD_METRICS = {
  threshold: {
    name: "sluice_policy_threshold",
    kind: "gauge",
    labels: ["policy"],
    help: "Of a learned policy with `threshold: auto`: the probability from which a request goes to the stronger tier now.",
  },
  thresholdMoves: {
    name: "sluice_policy_threshold_moves_total",
    kind: "counter",
    labels: ["policy", "direction"],
    help: "Moves of that threshold, up (less goes to the stronger tier) or down.",
  },
  thresholdHeld: {
    name: "sluice_policy_threshold_held_total",
    kind: "counter",
    labels: ["policy", "bound"],
    help: [
      "Looks at which a bound, min or max, kept that threshold from where it would hold the share: each 256 to 1,024 requests while it",
      "does. A bound that is not configured yields at the second look.",
    ].join(" "),
  },
  targetShare: {
    name: "sluice_policy_target_share",
    kind: "gauge",
    labels: ["policy"],
    help: "Of such a policy: the share of requests to hold for the cheaper tier, 0 to 1 (`weakShare`).",
  },
} as const;

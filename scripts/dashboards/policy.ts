// The dashboard of the policy: reasons, the learned threshold, and what deciding takes.
import { type DashboardDescription, JOB, PER_SECOND, quantileOf, RATIO, rateOf, sumOf } from "./description.ts";

const BY_REASON = rateOf("sluice_decisions_total", "reason", 'policy!="none"');

export const POLICY: DashboardDescription = {
  uid: "sluice-policy",
  title: "Sluice: policy",
  about: "Why requests go where they go, and what deciding takes.",
  jobsOf: "sluice_build_info",
  sections: [
    {
      title: "Decisions",
      panels: [
        {
          kind: "stack",
          title: "Reasons of the policy",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_decisions_total", "tier, reason", 'policy!="none"'), "{{tier}}: {{reason}}"]],
        },
        {
          kind: "stack",
          title: "Passed to the default tier unread",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_decisions_total", "reason", 'policy="none"'), "{{reason}}"]],
        },
        {
          kind: "lines",
          title: "Share of each reason",
          unit: RATIO,
          max: 1,
          queries: [[`${BY_REASON} / on () group_left () sum(${BY_REASON})`, "{{reason}}"]],
        },
        {
          kind: "stack",
          title: "Policy and version",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_decisions_total", "policy"), "{{policy}}"]],
        },
      ],
    },
    {
      title: "Learned threshold",
      panels: [
        {
          kind: "lines",
          title: "Score from which a request goes to the stronger tier",
          unit: "none",
          max: 1,
          queries: [[`avg by (policy) (sluice_policy_threshold{${JOB}})`, "{{policy}}"]],
        },
        {
          kind: "lines",
          title: "Moves of the threshold in an hour",
          unit: "short",
          queries: [
            [`sum by (policy, direction) (increase(sluice_policy_threshold_moves_total{${JOB}}[1h]))`, "{{policy}} {{direction}}"],
            [`sum by (policy, bound) (increase(sluice_policy_threshold_held_total{${JOB}}[1h]))`, "{{policy}} held at {{bound}}"],
          ],
        },
        {
          kind: "stack",
          title: "Scores, on which side of the threshold",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_decisions_total", "reason", 'reason=~"learned-.*|difficulty"'), "{{reason}}"]],
        },
      ],
    },
    {
      title: "Bandit",
      panels: [
        {
          kind: "lines",
          title: "What a dollar is worth",
          about: "In quality from 0 to 1. It moves where `usdPer1000` is to be spent.",
          unit: "none",
          queries: [[`avg by (policy) (sluice_bandit_quality_per_usd{${JOB}})`, "{{policy}}"]],
        },
        {
          kind: "lines",
          title: "What is known of each tier, in requests of today",
          unit: "short",
          queries: [[`avg by (policy, tier) (sluice_bandit_known_requests{${JOB}})`, "{{policy}}: {{tier}}"]],
        },
      ],
    },
    {
      title: "Misroutes, seven days",
      panels: [
        {
          kind: "lines",
          title: "Misrouted, as the audit slice shows",
          about: "Unbiased, with the 95 % interval. Needs `audit`, and 30 requests of the slice.",
          unit: RATIO,
          max: 1,
          queries: [
            [`job_way:sluice_misroutes:ratio7d{${JOB},way="any"}`, "misrouted"],
            [`job_way:sluice_misroutes_low:ratio7d{${JOB},way="any"}`, "at least"],
            [`job_way:sluice_misroutes_high:ratio7d{${JOB},way="any"}`, "at most"],
          ],
        },
        {
          kind: "lines",
          title: "Misrouted, by the way it was wrong",
          about: "too-strong: a stronger tier did no better than the first, those that both answer badly among them.",
          unit: RATIO,
          max: 1,
          queries: [[`job_way:sluice_misroutes:ratio7d{${JOB},way!="any"}`, "{{way}}"]],
        },
      ],
    },
    {
      title: "Drift and ratings, seven days",
      panels: [
        {
          kind: "lines",
          title: "Drift of the scores",
          about: "Population stability index: 0.1 is worth a look, 0.25 time to act.",
          unit: "none",
          queries: [[`max by (policy, against) (sluice_drift_psi{${JOB}})`, "{{policy}} against {{against}}"]],
        },
        {
          kind: "lines",
          title: "Mean rating by tier",
          unit: "none",
          max: 5,
          queries: [[`job_tier:sluice_rating:mean7d{${JOB}}`, "{{tier}}"]],
        },
        {
          kind: "lines",
          title: "Learn anew, and why",
          unit: "none",
          max: 1,
          queries: [
            [`max by (reason) (sluice_retrain_advised{${JOB}})`, "{{reason}}"],
            [`sum by (of, direction) (increase(sluice_drift_changes_total{${JOB}}[1h]))`, "{{of}} {{direction}}"],
          ],
        },
      ],
    },
    {
      title: "Deciding",
      panels: [
        {
          kind: "lines",
          title: "Time to decide",
          unit: "s",
          queries: [
            [quantileOf(0.5, "sluice_decision_duration_seconds"), "P50"],
            [quantileOf(0.99, "sluice_decision_duration_seconds"), "P99"],
          ],
        },
        {
          kind: "lines",
          title: "Size of bodies",
          unit: "bytes",
          queries: [
            [quantileOf(0.5, "sluice_request_body_bytes"), "P50"],
            [quantileOf(0.99, "sluice_request_body_bytes"), "P99"],
          ],
        },
        {
          kind: "lines",
          title: "Held in sluice",
          unit: "bytes",
          queries: [[sumOf("sluice_body_bytes_in_flight"), "bytes of bodies"]],
        },
        {
          kind: "lines",
          title: "Failures",
          unit: PER_SECOND,
          queries: [
            [rateOf("sluice_stream_failures_total", "cause"), "stream: {{cause}}"],
            [rateOf("sluice_unreadable_bodies_total", "cause"), "body: {{cause}}"],
            [rateOf("sluice_config_reloads_total", "result", 'result="failed"'), "reload {{result}}"],
          ],
        },
      ],
    },
  ],
};

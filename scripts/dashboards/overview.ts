// The dashboard to begin with: shares, cost, fallbacks, speed and signs of misroutes.
import { type DashboardDescription, JOB, PER_SECOND, quantileOf, RATIO, rateOf, sumOf } from "./description.ts";

export const OVERVIEW: DashboardDescription = {
  uid: "sluice-overview",
  title: "Sluice: overview",
  about: "What was decided, what was served, what it cost. Ratios and costs come from the recording rules of deploy/prometheus.",
  jobsOf: "sluice_build_info",
  sections: [
    {
      title: "Now",
      panels: [
        {
          kind: "stat",
          title: "Weak share",
          about: "Of what a policy decided in the last hour.",
          unit: RATIO,
          queries: [[`avg(job:sluice_weak_share:ratio1h{${JOB}})`, ""]],
        },
        { kind: "stat", title: "Cost per hour", unit: "currencyUSD", queries: [[sumOf("job:sluice_cost_usd:increase1h"), ""]] },
        {
          kind: "stat",
          title: "Cost per 1,000 requests",
          unit: "currencyUSD",
          queries: [[`1000 * ${sumOf("job:sluice_told_cost_usd:increase1h")} / ${sumOf("job:sluice_requests:increase1h")}`, ""]],
        },
        {
          kind: "stat",
          title: "Daily budget spent",
          unit: RATIO,
          queries: [[`max(job:sluice_cost_usd:increase1d{${JOB}}) / scalar(sluice:daily_budget_usd)`, ""]],
        },
        { kind: "stat", title: "Unrouted", unit: RATIO, queries: [[`max(job:sluice_unrouted:ratio10m{${JOB}})`, ""]] },
        { kind: "stat", title: "Misroute signals", unit: RATIO, queries: [[`max(job:sluice_misroute_signals:ratio1h{${JOB}})`, ""]] },
      ],
    },
    {
      title: "Requests",
      panels: [
        {
          kind: "stack",
          title: "Served tier",
          about: "none: no cluster of a tier served.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_outcomes_total", "served", 'kind!="unknown"'), "{{served}}"]],
        },
        {
          kind: "stack",
          title: "Outcomes by kind",
          about: "joined: decided and served here; elsewhere: another replica decided; unrouted: nobody did; unknown: Envoy never said.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_outcomes_total", "kind"), "{{kind}}"]],
        },
        { kind: "stack", title: "Status", unit: PER_SECOND, queries: [[rateOf("sluice_outcomes_total", "status"), "{{status}}"]] },
        {
          kind: "lines",
          title: "Weak share",
          unit: RATIO,
          max: 1,
          queries: [
            [`job:sluice_weak_share:ratio1h{${JOB}}`, "{{namespace}} {{job}}"],
            [`job:sluice_target_share{${JOB}}`, "target {{namespace}} {{job}}"],
          ],
        },
        {
          kind: "lines",
          title: "Fallbacks",
          about: "Requests that another tier served than the one decided.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_fallbacks_total", "decided, served"), "{{decided}} → {{served}}"]],
        },
        {
          kind: "lines",
          title: "Retries",
          about: "Attempts beyond the first, by the tier decided.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_retries_total", "decided"), "{{decided}}"]],
        },
      ],
    },
    {
      title: "Cost",
      panels: [
        {
          kind: "stack",
          title: "Dollars per hour by tier",
          about: "As told to the replica that decided; with several, the total above has what was told to another.",
          unit: "currencyUSD",
          queries: [[`3600 * ${rateOf("sluice_cost_usd_total", "tier, basis")}`, "{{tier}} ({{basis}})"]],
        },
        {
          kind: "lines",
          title: "Dollars per 1,000 requests",
          unit: "currencyUSD",
          queries: [[`job:sluice_cost_usd_per_1000_requests:ratio1h{${JOB}}`, "{{namespace}} {{job}}"]],
        },
        {
          kind: "lines",
          title: "Dollars in 24 hours, and the budget",
          unit: "currencyUSD",
          queries: [
            [`job:sluice_cost_usd:increase1d{${JOB}}`, "{{namespace}} {{job}}"],
            ["sluice:daily_budget_usd", "budget"],
          ],
        },
        {
          kind: "stack",
          title: "Tokens per second",
          unit: "short",
          queries: [[rateOf("sluice_tokens_total", "tier, direction"), "{{tier}} {{direction}}"]],
        },
      ],
    },
    {
      title: "Cascade",
      panels: [
        {
          kind: "stack",
          title: "Judged answers",
          about: "Of the tiers of a cascade: what became of their answers.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_judged_answers_total", "tier, result"), "{{tier}} {{result}}"]],
        },
        {
          kind: "lines",
          title: "What speaks against answers",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_judged_answers_total", "reason", 'reason!="none"'), "{{reason}}"]],
        },
        {
          kind: "lines",
          title: "Held until judged",
          unit: "s",
          queries: [
            [quantileOf(0.5, "sluice_answer_held_seconds"), "P50"],
            [quantileOf(0.95, "sluice_answer_held_seconds"), "P95"],
          ],
        },
        {
          kind: "stack",
          title: "Dollars per hour for answers that were thrown away",
          about: "They are in the cost above, too.",
          unit: "currencyUSD",
          queries: [[`3600 * ${rateOf("sluice_discarded_cost_usd_total", "tier, basis")}`, "{{tier}} ({{basis}})"]],
        },
      ],
    },
    {
      title: "Limits",
      panels: [
        {
          kind: "lines",
          title: "Used of each limit",
          about: "With what is held back for requests under way. Of replicas that count apart, the one that used most.",
          unit: RATIO,
          queries: [[`job_limit_scope:sluice_limit_used:ratio{${JOB}}`, "{{limit}} {{scope}}"]],
        },
        {
          kind: "lines",
          title: "Forecast at its window's end",
          about: "Of a budget that is steered it stays at 100 %: then the next panel says what that takes.",
          unit: RATIO,
          queries: [[`job_limit_scope:sluice_limit_forecast:ratio{${JOB}}`, "{{limit}} {{scope}}"]],
        },
        {
          kind: "stack",
          title: "Sent to another tier",
          about: "By quotas and budgets.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_limit_degraded_total", "by, from, to"), "{{by}}: {{from}} → {{to}}"]],
        },
        {
          kind: "stack",
          title: "Refused in 10 minutes",
          about: "Clients got a 429: no tier had room.",
          unit: "short",
          queries: [[`sum by (limit) (job_limit:sluice_limit_refused:increase10m{${JOB}})`, "{{limit}}"]],
        },
      ],
    },
    {
      title: "Kept answers",
      panels: [
        {
          kind: "lines",
          title: "Answered by what was kept",
          about: "Of the chats that were looked up, in an hour. Only where `cache` is on.",
          unit: RATIO,
          max: 1,
          queries: [[`job:sluice_cache_hits:ratio1h{${JOB}}`, "{{namespace}} {{job}}"]],
        },
        {
          kind: "stack",
          title: "Chats by what the cache said",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_cache_requests_total", "result"), "{{result}}"]],
        },
        {
          kind: "stack",
          title: "Answers kept, and why not",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_cache_answers_total", "result"), "{{result}}"]],
        },
        {
          kind: "stack",
          title: "Dollars per hour that they saved",
          unit: "currencyUSD",
          queries: [[`3600 * ${rateOf("sluice_cache_saved_usd_total", "tier")}`, "{{tier}}"]],
        },
        {
          kind: "lines",
          title: "Memory of kept answers",
          about: "Of each process; `cache.sizeBytes` bounds it.",
          unit: "bytes",
          queries: [[`max by (instance) (sluice_cache_bytes{${JOB}})`, "{{instance}}"]],
        },
        {
          kind: "stack",
          title: "Let go of",
          about: "full: for others; old: their time was over.",
          unit: PER_SECOND,
          queries: [[rateOf("sluice_cache_evicted_total", "why"), "{{why}}"]],
        },
      ],
    },
    {
      title: "Speed and quality",
      panels: [
        {
          kind: "lines",
          title: "Time to first byte by tier",
          about: "Targets at P95: weak 3 s, strong 10 s. Answers that are not streamed count until they are complete.",
          unit: "s",
          exemplars: true,
          queries: [
            [quantileOf(0.5, "sluice_time_to_first_byte_seconds", "tier"), "{{tier}} P50"],
            [quantileOf(0.95, "sluice_time_to_first_byte_seconds", "tier"), "{{tier}} P95"],
          ],
        },
        {
          kind: "lines",
          title: "Request duration by tier",
          unit: "s",
          exemplars: true,
          queries: [
            [quantileOf(0.5, "sluice_request_duration_seconds", "tier"), "{{tier}} P50"],
            [quantileOf(0.99, "sluice_request_duration_seconds", "tier"), "{{tier}} P99"],
          ],
        },
        {
          kind: "stack",
          title: "Misroute signals in an hour",
          about: "repeat and low-rating: weak was not enough. cheap-strong: strong was not needed.",
          unit: "short",
          queries: [[`sum by (kind) (job_kind:sluice_misroute_signals:increase1h{${JOB}})`, "{{kind}}"]],
        },
        {
          kind: "stack",
          title: "Ratings in a day",
          unit: "short",
          queries: [[`sum by (tier, rating) (job_tier_rating:sluice_feedback:increase1d{${JOB}})`, "{{tier}}: {{rating}}"]],
        },
      ],
    },
  ],
};

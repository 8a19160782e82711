// The metrics of quotas and budgets: a part of the catalogue.

export const LIMIT_METRICS = {
  limitAmount: {
    name: "sluice_limit_amount",
    kind: "gauge",
    labels: ["limit", "measure"],
    help: "What may be used of a quota or budget in a window, for each scope: requests, tokens or US dollars, as `measure` says.",
  },
  limitUsed: {
    name: "sluice_limit_used",
    kind: "gauge",
    labels: ["limit", "measure", "scope"],
    help: [
      "What was used of it in the window that is now, by requests whose outcome is known. Of a limit with `by` the 20 scopes that have",
      "used most; the rest together as `other`.",
    ].join(" "),
  },
  limitReserved: {
    name: "sluice_limit_reserved",
    kind: "gauge",
    labels: ["limit", "measure", "scope"],
    help: "What is held back of it for requests under way.",
  },
  limitRest: {
    name: "sluice_limit_rest",
    kind: "gauge",
    labels: ["limit", "measure", "scope"],
    help: "What may still be taken of it; negative where a soft limit was passed.",
  },
  limitForecast: {
    name: "sluice_limit_forecast",
    kind: "gauge",
    labels: ["limit", "measure", "scope"],
    help: "What it is expected to have come to when its window ends, if all goes on as it does; none where it is too early to say.",
  },
  limitShift: {
    name: "sluice_limit_shift",
    kind: "gauge",
    labels: ["limit", "scope"],
    help: "How many tiers down a budget sends requests, so that its window ends within it; 0.3: three in ten go one tier down.",
  },
  limitDegraded: {
    name: "sluice_limit_degraded_total",
    kind: "counter",
    labels: ["by", "from", "to"],
    help: "Requests that a quota or a budget sent to another tier.",
  },
  limitRefused: {
    name: "sluice_limit_refused_total",
    kind: "counter",
    labels: ["limit"],
    help: "Requests that a hard limit refused, since no tier had room.",
  },
  limitMarks: {
    name: "sluice_limit_marks_total",
    kind: "counter",
    labels: ["limit", "share"],
    help: "Times that a scope came to a share of a limit (`warnAt`), or to all of it (1).",
  },
  limitUnpriced: {
    name: "sluice_limit_unpriced_total",
    kind: "counter",
    labels: ["limit"],
    help: "Requests that a budget does not see, since the price of the tier that served is not known.",
  },
  limitSettled: {
    name: "sluice_limit_settled_total",
    kind: "counter",
    labels: ["basis"],
    help: [
      "Requests charged to limits: exact or estimated tokens; failed, nothing was generated; cached, the answer was kept from before;",
      "unknown, Envoy never said how they ended, so their input counts; unheard, no access log has ever come, so what was held back",
      "counts.",
    ].join(" "),
  },
  limitStoreUp: {
    name: "sluice_limit_store_up",
    kind: "gauge",
    labels: [],
    help: "1: the last exchange with the store that replicas share limits through went well; 0: it is away, and `ledger.away` counts.",
  },
  limitChargesLost: {
    name: "sluice_limit_charges_lost_total",
    kind: "counter",
    labels: [],
    help: "Charges to limits that the store will never learn of, since it was away for too long.",
  },
  ledgerFile: {
    name: "sluice_ledger_file_total",
    kind: "counter",
    labels: ["result"],
    help: "The ledger's file: read, bad (it was put aside, and nothing counts as used), written, failed.",
  },
} as const;

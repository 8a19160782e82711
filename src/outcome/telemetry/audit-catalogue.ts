// The metrics of the audit slice: a part of the catalogue. They are there only while the configuration draws one.

export const AUDIT_METRICS = {
  auditedRequests: {
    name: "sluice_audited_requests_total",
    kind: "counter",
    labels: [],
    help: "Requests of the audit slice whose answer says something.",
  },
  auditedWeight: {
    name: "sluice_audited_weight_total",
    kind: "counter",
    labels: ["power"],
    help: "Their weights, w = 1 / the chance to be in the slice, added up. power: 1 (as they are) or 2 (squared).",
  },
  auditedWrong: {
    name: "sluice_audited_wrong_total",
    kind: "counter",
    labels: ["way", "sum", "sign"],
    help: [
      "By how much the policy was wrong on them (z), weighted. way: too-weak, too-strong, any (both); sum: wz, wwz, wwzz; sign: plus, or",
      "minus, which is to be taken away. The share that is misrouted is Σwz / Σw; rules/audit.yaml has it with its interval.",
    ].join(" "),
  },
} as const;

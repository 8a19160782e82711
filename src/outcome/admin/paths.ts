// What the admin port answers, for the server and the reference documentation.

export const ADMIN_PATHS = {
  "/": "a page for people: tiers, latencies, cost, fallbacks and misroute signals of the last 15 minutes, drawn anew each second",
  "/healthz": "200 while the process is alive",
  "/readyz": "200 when requests are being answered; 503 with the reason before that and while shutting down; names a failed reload",
  "/metrics": "the metrics, in Prometheus' text format, or in OpenMetrics when `Accept` asks for it",
  "/live": "what that page and `sluice top` show, as JSON",
  "/v1/feedback": [
    'takes POST `{"request_id": …, "rating": 1–5, "comment"?: …}` as JSON and says what was decided for that request.',
    "400: not that; 401: without the token, where one is given; 403: from another origin's page;",
    "404: not decided by this process, or no longer known (the last 50,000 decisions are);",
    "409: rated differently before; 413: over 64 KB; 415: not JSON. Errors are JSON, `error.message`. A comment is not kept",
  ].join(" "),
  "/v1/rollout": [
    "how the rollout stands, in each process, as JSON: what `sluice rollout status` shows. Takes POST",
    '`{"action": "start" | "promote" | "hold" | "rollback"}` as JSON. 401, 403, 413, 415: as above; 409: it is not the time for that',
  ].join(" "),
  "/v1/history": "which policies decided, since when, and what made it so, as JSON: what `sluice history` shows",
  "/config": "the effective configuration as JSON: defaults filled in, presets expanded, secrets masked",
} as const;

export type AdminPath = keyof typeof ADMIN_PATHS;

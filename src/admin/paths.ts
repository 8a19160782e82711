// What the admin port answers, for the server and the reference documentation.

export const ADMIN_PATHS = {
  "/healthz": "200 while the process is alive",
  "/readyz": "200 when requests are being answered; 503 with the reason before that and while shutting down",
  "/metrics": "the metrics, in Prometheus' text format, or in OpenMetrics when `Accept` asks for it",
  "/config": "the effective configuration as JSON: defaults filled in, presets expanded, secrets masked",
} as const;

export type AdminPath = keyof typeof ADMIN_PATHS;

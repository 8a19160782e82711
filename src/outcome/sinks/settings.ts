// What the configuration says of where finished requests go.

export const DECISION_LOG_TARGETS = ["off", "stdout", "file"] as const;
export type DecisionLogTarget = (typeof DECISION_LOG_TARGETS)[number];

export interface DecisionLogSettings {
  readonly to: DecisionLogTarget;
  readonly file: string;
  readonly maxMB: number; // megabytes of one file
  readonly keep: number; // files beside the one being written; 0: it is never begun anew
}

export interface TracesSettings {
  readonly endpoint: string | undefined; // undefined: as the environment says, or none
  readonly headers: Readonly<Record<string, string>>; // may be secret
  readonly sampleShare: number; // 0 to 1
}

/** As OpenTelemetry's specification names them. */
export function namesReceiver(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"] === "none") return false;
  return [env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], env["OTEL_EXPORTER_OTLP_ENDPOINT"]].some((url) => url !== undefined && url !== "");
}

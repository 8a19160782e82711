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

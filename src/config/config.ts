// The effective configuration: complete, checked and immutable. Every default is filled in, every preset expanded, every reference
// known to exist.
import type { DecisionLogSettings, TracesSettings } from "../outcome/sinks/settings.ts";
import type { Envelope } from "../request/chat/envelopes.ts";
import type { PolicyConfig } from "./policies/list.ts";

export interface TierConfig {
  readonly name: string;
  readonly model: string | undefined; // set in the body instead of dropping the member
  readonly clusters: readonly string[]; // globs: the Envoy clusters, or hosts, that serve it
  readonly price: Price;
}

/** US dollars. Undefined: not known. */
export interface Price {
  readonly inputPerMTok: number | undefined;
  readonly outputPerMTok: number | undefined;
  readonly perHour: number | undefined;
}

/** What speaks gRPC: src/http2, or @grpc/grpc-js. */
export const TRANSPORTS = ["http2", "grpc-js"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  readonly listen: {
    readonly extProc: string; // valid for parseListenAddress, as is the next
    readonly admin: string;
    readonly transport: Transport;
  };
  readonly tiers: readonly [TierConfig, ...TierConfig[]]; // cheap first
  readonly defaultTier: string;
  readonly active: string; // a name in `policies`
  readonly policies: Readonly<Record<string, PolicyConfig>>;
  readonly envelopes: readonly Envelope[]; // marks of an agent's own text in messages of the user
  readonly unreadable: "pass" | "refuse";
  readonly limits: { readonly maxBodyBytes: number; readonly bodyBudgetBytes: number };
  readonly outcomes: { readonly maxWaiting: number; readonly maxWaitMs: number };
  readonly decisionLog: DecisionLogSettings;
  readonly traces: TracesSettings;
  readonly capturePrompts: boolean;
  readonly shutdown: { readonly graceMs: number };
  readonly log: { readonly level: LogLevel };
}

/** The policy that decides. */
export function activePolicy(config: Config): PolicyConfig {
  const policy = config.policies[config.active];
  if (policy === undefined) throw new Error(`invariant: the active policy ${config.active} is configured`);
  return policy;
}

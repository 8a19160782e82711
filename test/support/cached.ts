// Outcomes of requests whose answers may be kept, for tests.
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import type { Routed } from "../../src/request/routing/routing.ts";

export interface JoinedOutcome {
  readonly flight: string;
  readonly routed: Routed;
  readonly tier?: string | undefined; // that served; undefined: the one decided
  readonly kind?: Outcome["kind"];
  readonly status?: number;
  readonly failure?: Outcome["failure"];
  readonly costUsd?: number;
}

export function joinedOutcome({ flight, routed, tier, kind = "joined", status = 200, failure, costUsd }: JoinedOutcome): Outcome {
  const { decision, measured } = routed;
  const servedBy = tier ?? decision.tier;
  return {
    kind,
    requestId: "r",
    decided: { decision, measured: measured && { ...measured, flight } },
    served: {
      startedAtMs: 0,
      tier: servedBy,
      cluster: servedBy,
      fellBack: servedBy !== decision.tier,
      attempts: 1,
      status,
      responseFlags: [],
      firstByteMs: 1,
      durationMs: 2,
      requestBytes: 3,
      responseBytes: 4,
    },
    isChat: true,
    failure,
    cost: {
      basis: "exact",
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 20,
      reasoningTokens: 0,
      costUsd,
      isPriced: costUsd !== undefined,
    },
  };
}

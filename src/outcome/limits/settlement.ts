// What an outcome comes to for limits: what was spent, and on which tier.
import type { Settlement } from "../../request/guard/limits/charges.ts";
import { MICRO_DOLLARS } from "../../request/guard/limits/limit.ts";
import { discardedUsd } from "../join/discarded.ts";
import type { Outcome } from "../join/outcome.ts";
import type { Served } from "../join/served.ts";

/** `isHeard`: Envoy's access log reaches this process. Undefined: it is no chat, or another process's to settle. */
export function settlementOf({ kind, isChat, served, cost, discarded }: Outcome, isHeard: boolean): Settlement | undefined {
  if (!isChat || kind === "elsewhere") return undefined;
  if (served === undefined) return { kind: "unknown", asHeld: !isHeard };
  if (cost === undefined) return { kind: "failed", tier: served.tier, isRequest: wasAnswered(served) };
  const { inputTokens, outputTokens, costUsd, basis } = cost;
  return {
    kind: "answered",
    tier: served.tier,
    inputTokens,
    outputTokens,
    microUsd: costUsd === undefined ? undefined : (costUsd + discardedUsd(discarded)) * MICRO_DOLLARS,
    isExact: basis === "exact",
    wasDecided: kind === "joined",
  };
}

/** A tier that had no time for it is not said to have been used. */
function wasAnswered({ tier, status }: Served): boolean {
  return tier !== undefined && status > 0 && status < 500 && status !== 429;
}

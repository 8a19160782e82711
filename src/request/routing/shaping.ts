// Which shape a request gets: its tier's, or that of the rule that sent it there. What must read the same in every turn of a session, for
// the model server's prompt cache, decides; docs/shaping.md says why.
import type { RequestFacts } from "../chat/facts.ts";
import type { Shape } from "../chat/shape.ts";
import type { TierName, Verdict } from "../policy/policy.ts";

interface ShapingTier {
  readonly name: TierName;
  readonly shape?: Shape | undefined;
}

/** Undefined: none, or not in this request. */
export function shapeFor(tier: ShapingTier | undefined, verdict: Verdict | undefined, facts: RequestFacts): Shape | undefined {
  const ofTier = tier?.shape;
  const ofRule = verdict?.tier === tier?.name ? verdict?.shape : undefined;
  if (ofTier === undefined && ofRule === undefined) return undefined;
  if (facts.continued && facts.continuedBy.some(({ kind }) => kind === "response" || kind === "conversation")) return undefined;
  // An agent's rules change from turn to turn, its tier hardly ever does.
  return facts.tools ? ofTier : (ofRule ?? ofTier);
}

/** A form of its own is the client's business, and an agent that must answer in one cannot call its tools. */
export function takesSchema({ tools, jsonOutput }: RequestFacts): boolean {
  return !tools && !jsonOutput;
}
